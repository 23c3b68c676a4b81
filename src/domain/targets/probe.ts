import { z } from 'zod';
import { PROBE_ERROR_CHARS_MAX } from './unhealthy.ts';

/** What a look at a target found: whether an agent could be started there now, and else why not. */
export const ProbeResult = z.discriminatedUnion('healthy', [
  z.object({ healthy: z.literal(true) }),
  z.object({ healthy: z.literal(false), error: z.string().min(1).max(PROBE_ERROR_CHARS_MAX) }),
]);
export type ProbeResult = z.infer<typeof ProbeResult>;
