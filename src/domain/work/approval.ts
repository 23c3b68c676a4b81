import { z } from 'zod';
import { Timestamp } from '../ids.ts';
import { OnNoApproval } from '../policy/approval-policy.ts';

/** What was decided about an item, for the attempts since it was submitted or last driven again (`round`). */
export interface StoredApproval {
  readonly round: number;
  /** proceeded: nobody decided in time, and the project's policy lets it go on. */
  readonly state: 'approved' | 'rejected' | 'proceeded';
  /** null: nobody did. */
  readonly by: string | null;
  readonly reason: string | null;
  readonly at: string;
}

/** Whether a person has approved an item, as the outside sees it. */
export const Approval = z
  .object({
    state: z.enum(['pending', 'approved', 'rejected', 'proceeded']),
    askedAt: Timestamp.exactOptional(),
    expiresAt: Timestamp.exactOptional(),
    onExpiry: OnNoApproval.exactOptional(),
    decidedBy: z.string().exactOptional().meta({ description: 'Absent when nobody decided in time.' }),
    decidedAt: Timestamp.exactOptional(),
    reason: z.string().exactOptional(),
  })
  .meta({ id: 'Approval', description: 'Only for work that needs one: `POST /api/work/{id}/approve` and `/reject`.' });
export type Approval = z.infer<typeof Approval>;

/** True when it no longer waits for a person, and was not rejected. */
export function isPassed(approval: Approval | undefined): boolean {
  return approval?.state === 'approved' || approval?.state === 'proceeded';
}

export const NOBODY_APPROVED = 'rejected because nobody approved it in time';

interface Item {
  readonly approval: StoredApproval | null;
  readonly retries: number;
}

/** What was decided about the item as it is now; an item that is driven again is asked for again. */
export function approvalOf({ approval, retries }: Item): StoredApproval | null {
  return approval?.round === retries ? approval : null;
}

export function isApproved(item: Item): boolean {
  const approval = approvalOf(item);
  return approval !== null && approval.state !== 'rejected';
}

/** Why the item is not to be done at all; null when it was not rejected. */
export function rejectionOf(item: Item): string | null {
  const approval = approvalOf(item);
  if (approval?.state !== 'rejected') return null;
  return approval.by === null ? NOBODY_APPROVED : rejectionText(approval.by, approval.reason);
}

export function rejectionText(by: string, reason: string | null): string {
  return `rejected by ${by}${reason === null ? '' : `: ${reason}`}`;
}
