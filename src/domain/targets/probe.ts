import { z } from 'zod';

const PROBE_ERROR_CHARS_MAX = 1024;

/** What a look at a target found: whether an agent could be started there now, and else why not. */
export const ProbeResult = z.discriminatedUnion('healthy', [
  z.object({ healthy: z.literal(true) }),
  z.object({ healthy: z.literal(false), error: z.string().min(1).max(PROBE_ERROR_CHARS_MAX) }),
]);
export type ProbeResult = z.infer<typeof ProbeResult>;

export function unhealthy(error: string): ProbeResult {
  return { healthy: false, error: error.slice(0, PROBE_ERROR_CHARS_MAX) };
}
