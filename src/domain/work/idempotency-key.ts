import { z } from 'zod';
import { ProjectId } from '../ids.ts';

/** The `Idempotency-Key` of a request with the hash of its body; kept for at least 30 days. */
export const IdempotencyKey = z.object({
  projectId: ProjectId,
  key: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'),
  /** SHA-256, hex, of the canonical body. */
  bodyHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Who shares keys of requests that are no submits; one that is used there is refused here. */
  caller: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
});
export type IdempotencyKey = z.infer<typeof IdempotencyKey>;
