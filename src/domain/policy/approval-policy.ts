import { z } from 'zod';
import { Boundary } from '../targets/target.ts';

const HOUR_MS = 3_600_000;
const NAMES_MAX = 100;

/** What happens when nobody decides in time. reject: the item has failed · proceed: it goes on as if it had been approved. */
export const OnNoApproval = z.enum(['reject', 'proceed']).meta({ id: 'OnNoApproval' });
export type OnNoApproval = z.infer<typeof OnNoApproval>;

/** Which work may start only when a person has approved it. */
export const ApprovalPolicy = z
  .strictObject({
    all: z.boolean().default(false).meta({ description: 'All work of the project.' }),
    boundaries: z.array(Boundary).max(NAMES_MAX).default([]).meta({ description: 'Work of these boundaries.' }),
    targets: z
      .array(z.string().min(1).max(256))
      .max(NAMES_MAX)
      .default([])
      .meta({ description: 'Work that is to be given to these targets, by their names, or to agents there; asked for when nothing else could take it.' }),
    expiresAfterMs: z
      .int()
      .min(1000)
      .max(720 * HOUR_MS)
      .default(24 * HOUR_MS),
    onExpiry: OnNoApproval.default('reject'),
  })
  .meta({ id: 'ApprovalPolicy' });
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>;

/** What is closed to an item that nobody has approved: everything, or only what is at some targets. */
export type ApprovalGate = { readonly closed: 'everything' } | { readonly closed: 'targets'; readonly names: readonly string[] };

/** The gate before items of this boundary; null when there is none. */
export function gateOf(policy: ApprovalPolicy | undefined, boundary: string): ApprovalGate | null {
  if (policy === undefined) return null;
  if (policy.all || policy.boundaries.includes(boundary)) return { closed: 'everything' };
  return policy.targets.length === 0 ? null : { closed: 'targets', names: policy.targets };
}

/** True when the gate keeps an item from what is at this target. */
export function isClosedAt(gate: ApprovalGate | undefined, targetName: string | undefined): boolean {
  return gate?.closed === 'targets' && targetName !== undefined && gate.names.includes(targetName);
}
