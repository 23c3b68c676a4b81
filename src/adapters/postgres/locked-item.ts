import { sql } from 'kysely';
import { WeftError } from '../../domain/errors.ts';
import type { WorkId } from '../../domain/ids.ts';
import type { Writer } from '../../ports/ledger/transition-ledger.ts';
import type { Tx } from './database.ts';
import type { SessionRow, SlotRow, WorkItemRow } from './tables.ts';

// All that a transition decides by. Never the description, context or result: they are large and none of its business.
const COLUMNS = [
  'id',
  'project_id',
  'task_id',
  'capability',
  'boundary',
  'priority',
  'preferred_agent_type',
  'required_agent_type',
  'deadline',
  'not_before',
  'limits',
  'submitter',
  'offered_at',
  'retried_at',
  'phase',
  'attempts',
  'fence',
  'run_id',
  'cancel_requested_at',
  'cancel_reason',
  'final_report_fence',
  'on_dependency_failure',
  'approval',
  'retries',
] as const satisfies readonly (keyof WorkItemRow)[];

/** A work item's row, locked until the transaction ends. Every transition begins with this lock. */
export type LockedItem = Pick<WorkItemRow, (typeof COLUMNS)[number]>;

export async function lockItem(tx: Tx, workId: WorkId): Promise<LockedItem | undefined> {
  return tx.selectFrom('work_items').select(COLUMNS).where('id', '=', workId).forNoKeyUpdate().executeTakeFirst();
}

/** Those of them that nobody else has locked, in order of id. */
export async function lockItems(tx: Tx, workIds: readonly WorkId[]): Promise<readonly LockedItem[]> {
  if (workIds.length === 0) return [];
  return tx
    .selectFrom('work_items')
    .select(COLUMNS)
    .where('id', '=', sql<string>`any(${workIds}::uuid[])`)
    .orderBy('id')
    .forNoKeyUpdate()
    .skipLocked()
    .execute();
}

/** The item, locked; throws `NOT_FOUND`. */
export async function requireItem(tx: Tx, workId: WorkId): Promise<LockedItem> {
  const item = await lockItem(tx, workId);
  if (item === undefined) throw new WeftError('NOT_FOUND', `There is no work item ${workId}.`);
  return item;
}

/** The writer's item, locked; throws `STALE_RUN` when the row belongs to another run, `NOT_FOUND` when there is none. */
export async function requireOwnItem(tx: Tx, { workId, runId }: Writer): Promise<LockedItem> {
  const item = await requireItem(tx, workId);
  if (!mayOwn(item, runId)) throw staleRun(item, runId);
  if (item.run_id !== null) return item;
  await tx.updateTable('work_items').set({ run_id: runId }).where('id', '=', workId).execute();
  return { ...item, run_id: runId };
}

/** An item that was queued when it was submitted belongs to the first run that writes; one that is driven again must be admitted first. */
export function mayOwn({ run_id: owner, phase }: LockedItem, runId: string): boolean {
  return owner === null ? phase === 'waiting' : owner === runId;
}

export function staleRun(item: LockedItem, runId: string): WeftError {
  return new WeftError('STALE_RUN', `Run ${runId} does not own work item ${item.id}; run ${item.run_id ?? '(none)'} does.`);
}

/** The slot that an item holds; to be read under the item's lock. */
export function activeSlot(tx: Tx, workId: WorkId) {
  return tx.selectFrom('slots').where('work_id', '=', workId).where('state', '<>', 'released');
}

export async function findActiveSlot(tx: Tx, workId: WorkId): Promise<SlotRow | undefined> {
  return activeSlot(tx, workId).selectAll().executeTakeFirst();
}

/** With the session of its agent, which is locked. */
export async function lockSlot(tx: Tx, workId: WorkId): Promise<{ readonly slot: SlotRow | undefined; readonly session: SessionRow | undefined }> {
  const [slot, session] = await Promise.all([
    findActiveSlot(tx, workId),
    tx.selectFrom('sessions').selectAll().where('guid', '=', activeSlot(tx, workId).select('agent_guid')).forNoKeyUpdate().executeTakeFirst(),
  ]);
  return { slot, session };
}
