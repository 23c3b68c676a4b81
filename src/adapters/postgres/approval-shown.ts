import { sql } from 'kysely';
import type { OnNoApproval } from '../../domain/policy/approval-policy.ts';
import { approvalOf } from '../../domain/work/approval.ts';
import type { Approval, StoredApproval } from '../../domain/work/approval.ts';

/** As jsonb tells it: times are text. */
export interface PendingApproval {
  readonly asked_at: string;
  readonly expires_at: string;
  readonly on_expiry: OnNoApproval;
}

/** What an item waits for, as part of its row; looked up only where there can be something. */
export const PENDING_APPROVAL = sql<PendingApproval | null>`
  CASE WHEN work_items.phase = 'waiting' THEN (SELECT to_jsonb(q) FROM (
    SELECT approval_asked_at AS asked_at, approval_expires_at AS expires_at, approval_on_expiry AS on_expiry
    FROM queue WHERE work_id = work_items.id AND approval_asked_at IS NOT NULL
  ) q) END`;

/** Null for an item that was never asked for, or was before it was driven again. */
export function toApproval(row: { approval: StoredApproval | null; retries: number; pending_approval: PendingApproval | null }): Approval | null {
  const { pending_approval: pending } = row;
  if (pending !== null) {
    const { asked_at: askedAt, expires_at: expiresAt, on_expiry: onExpiry } = pending;
    return { state: 'pending', askedAt: new Date(askedAt).toISOString(), expiresAt: new Date(expiresAt).toISOString(), onExpiry };
  }
  const decided = approvalOf(row);
  if (decided === null) return null;
  const { state, by, reason, at: decidedAt } = decided;
  return { state, decidedAt, ...(by === null ? {} : { decidedBy: by }), ...(reason === null ? {} : { reason }) };
}
