import { z } from 'zod';
import { PROBE_ERROR_CHARS_MAX } from './unhealthy.ts';

/** What a look at a target found: whether an agent could be started there now, and else why not. */
export const ProbeResult = z.discriminatedUnion('healthy', [
  z.object({ healthy: z.literal(true) }),
  z.object({ healthy: z.literal(false), error: z.string().min(1).max(PROBE_ERROR_CHARS_MAX) }),
]);
export type ProbeResult = z.infer<typeof ProbeResult>;

/** Target and host as they were when a look at them began: what is found then is true of these only. */
export interface SeenPlace {
  readonly version: number;
  /** When the host was last opened. */
  readonly hostSince: string;
}
