import { z } from 'zod';
import { AgentGuid, Fence, Timestamp, WorkId } from '../ids.ts';

/** A batch of output lines, on `weft.v1.<project>.log.<workId>`. */
export const LogChunk = z.object({
  workId: WorkId,
  guid: AgentGuid,
  fence: Fence,
  /** 1, 2, 3 … per fence; a gap means that NATS was away. */
  seq: z.int().min(1),
  sentAt: Timestamp,
  lines: z.array(z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() })),
  /** Lines left out before this chunk because the harness wrote faster than the limit. */
  linesDropped: z.int().min(0),
});
export type LogChunk = z.infer<typeof LogChunk>;
