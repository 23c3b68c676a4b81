import type { Author } from '../../domain/access/actor.ts';
import type { WorkId } from '../../domain/ids.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { UpdateResult, WorkChange } from '../../ports/ledger/work-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import { writeAudit } from './write-audit.ts';

/** Changes what may be changed of an item that has not ended, in its row and in the queue, under the row's lock. */
export async function updateWork(tx: Tx, workId: WorkId, { change, author }: { change: WorkChange; author: Author }): Promise<UpdateResult> {
  const row = await tx.selectFrom('work_items').select(WORK_ITEM_COLUMNS).select('event_seq').where('id', '=', workId).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return { kind: 'not-found' };
  if (isSettled(row.phase)) return { kind: 'already-settled', item: toWorkItem(row) };
  const before = { priority: row.priority, deadline: row.deadline?.toISOString() ?? null };
  const after = { priority: change.priority ?? before.priority, deadline: change.deadline === undefined ? before.deadline : toIso(change.deadline) };
  if (after.priority === before.priority && after.deadline === before.deadline) return { kind: 'unchanged', item: toWorkItem(row) };
  await tx.updateTable('queue').set({ priority: after.priority }).where('work_id', '=', workId).execute();
  const entity = { entityType: 'work', entityId: workId, projectId: row.project_id } as const;
  const { task_id: taskId, capability, boundary } = row;
  await appendEvent(tx, {
    // Its number among the item's events: the same change may be made again later.
    key: `update:${workId}:${String(row.event_seq + 1)}`,
    ...entity,
    type: 'work:updated',
    data: { workId, taskId, capability, boundary, before, after },
  });
  await writeAudit(tx, author, { action: 'work.update', ...entity, before, after });
  const updated = await tx.updateTable('work_items').set(after).where('id', '=', workId).returning(WORK_ITEM_COLUMNS).executeTakeFirstOrThrow();
  return { kind: 'updated', item: toWorkItem(updated) };
}

function toIso(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
