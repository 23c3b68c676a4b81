import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { WorkId } from '../../domain/ids.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import { toWorkStatus } from '../../domain/work/to-work-status.ts';
import type { CancelRequestResult, ReassignRequestResult } from '../../ports/ledger/work-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { findActiveSlot, lockItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import type { SlotRow } from './tables.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import { writeAudit } from './write-audit.ts';

interface Wish {
  readonly reason: string;
  readonly author: Author;
}

/** The wish to cancel, in the row; a repeat changes nothing. */
export async function requestCancel(tx: Tx, workId: WorkId, { reason, author }: Wish): Promise<CancelRequestResult> {
  const row = await tx.selectFrom('work_items').select(WORK_ITEM_COLUMNS).where('id', '=', workId).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return { kind: 'not-found' };
  if (isSettled(row.phase)) return { kind: 'already-settled', item: toWorkItem(row) };
  if (row.cancel_requested_at !== null) return { kind: 'requested', item: toWorkItem(row) };
  // Out of the queue at once, so that nothing is granted any more; a slot granted before is refused by `takeGrant`.
  await tx.deleteFrom('queue').where('work_id', '=', workId).execute();
  await appendEvent(tx, {
    // An item that was driven again can be cancelled again.
    key: row.retries === 0 ? `cancel:${workId}` : `cancel:${workId}:${String(row.retries)}`,
    entityType: 'work',
    entityId: workId,
    projectId: row.project_id,
    type: 'work:cancel-requested',
    data: { workId, taskId: row.task_id, reason },
  });
  const updated = await tx
    .updateTable('work_items')
    .set({ cancel_requested_at: sql<Date>`now()`, cancel_reason: reason, reason: 'cancel requested' })
    .where('id', '=', workId)
    .returning(WORK_ITEM_COLUMNS)
    .executeTakeFirstOrThrow();
  await writeAudit(tx, author, {
    action: 'work.cancel',
    entityType: 'work',
    entityId: workId,
    projectId: row.project_id,
    before: { status: toWorkStatus(row.phase), phase: row.phase },
    after: { cancelRequested: true, reason },
  });
  return { kind: 'requested', item: toWorkItem(updated) };
}

/** Sends the agent that has the item away; the item goes back to the queue when the agent's session has ended. */
export async function requestReassign(tx: Tx, workId: WorkId, { reason, author }: Wish): Promise<ReassignRequestResult> {
  const item = await lockItem(tx, workId);
  if (item === undefined) return { kind: 'not-found' };
  if (isSettled(item.phase)) return { kind: 'already-settled', status: toWorkStatus(item.phase) };
  if (item.cancel_requested_at !== null) return { kind: 'cancelling' };
  const slot = await findActiveSlot(tx, workId);
  if (slot?.state !== 'taken' || slot.agent_guid === null) return { kind: 'waits' };
  const known = await drain(tx, item, slot);
  if (!known) return { kind: 'not-ours', agentGuid: slot.agent_guid };
  await writeAudit(tx, author, {
    action: 'work.reassign',
    entityType: 'work',
    entityId: workId,
    projectId: item.project_id,
    before: { assignedTo: slot.agent_guid, attempt: slot.attempt },
    after: { reason },
  });
  return { kind: 'taken-back', agentGuid: slot.agent_guid };
}

/** On its way out from now on: should nobody tell its workflow, the reconciler does. False for an agent that we did not start. */
async function drain(tx: Tx, item: LockedItem, slot: SlotRow): Promise<boolean> {
  const session = await tx
    .selectFrom('sessions')
    .select('state')
    .where('guid', '=', slot.agent_guid)
    .where('work_id', '=', item.id)
    .where('fence', '=', slot.fence)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (session === undefined) return false;
  if (session.state === 'starting' || session.state === 'busy') {
    await tx
      .updateTable('sessions')
      .set({ state: 'draining', updated_at: sql<Date>`now()` })
      .where('guid', '=', slot.agent_guid)
      .execute();
  }
  return true;
}
