import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { WorkId } from '../../domain/ids.ts';
import { whyNoTimeLeft, whyNotBefore } from '../../domain/work/check-times.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { UpdateResult, WorkChange } from '../../ports/ledger/work-ledger.ts';
import { WAITS_FOR_SLOT } from './admit.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { findActiveSlot } from './locked-item.ts';
import type { WorkItemRow } from './tables.ts';
import { present, toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import type { OWN_COLUMNS } from './to-work-item.ts';
import { writeAudit } from './write-audit.ts';

type Row = Pick<WorkItemRow, (typeof OWN_COLUMNS)[number]>;

interface Facts {
  readonly priority: number;
  readonly deadline: string | null;
  readonly notBefore: string | null;
}

type Shown = Omit<Facts, 'notBefore'> & Partial<Facts>;

/** Changes what may be changed of an item that has not ended, in its row and in the queue, under the row's lock. */
export async function updateWork(tx: Tx, workId: WorkId, { change, author }: { change: WorkChange; author: Author }): Promise<UpdateResult> {
  const row = await tx.selectFrom('work_items').select(WORK_ITEM_COLUMNS).select('event_seq').where('id', '=', workId).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return { kind: 'not-found' };
  const before = factsOf(row);
  const after = factsAfter(before, change);
  const refusal = isSettled(row.phase) ? ({ kind: 'already-settled' } as const) : await refusalOf(tx, row, { before, after });
  if (refusal !== null) return { ...refusal, item: toWorkItem(row) };
  await tx.updateTable('queue').set({ priority: after.priority }).where('work_id', '=', workId).execute();
  const moved = after.notBefore !== before.notBefore;
  const queued = moved && (await moveInQueue(tx, row, after.notBefore));
  await record(tx, row, { ...(moved ? { before, after } : { before: withoutStart(before), after: withoutStart(after) }), author });
  const updated = await tx
    .updateTable('work_items')
    .set({
      ...{ priority: after.priority, deadline: after.deadline, not_before: after.notBefore },
      ...(queued ? { reason: whyNotBefore(msOf(after.notBefore), Date.now()) ?? WAITS_FOR_SLOT } : {}),
    })
    .where('id', '=', workId)
    .returning(WORK_ITEM_COLUMNS)
    .executeTakeFirstOrThrow();
  return { kind: 'updated', item: toWorkItem(updated) };
}

function factsOf({ priority, deadline, not_before: notBefore }: Row): Facts {
  return { priority, deadline: deadline?.toISOString() ?? null, notBefore: notBefore?.toISOString() ?? null };
}

type NoTimeLeft = Omit<Extract<UpdateResult, { kind: 'no-time-left' }>, 'item'>;
type Refusal = NoTimeLeft | { readonly kind: 'unchanged' | 'already-started' };

async function refusalOf(tx: Tx, row: Row, { before, after }: { before: Facts; after: Facts }): Promise<Refusal | null> {
  const moved = after.notBefore !== before.notBefore;
  if (!moved && after.priority === before.priority && after.deadline === before.deadline) return { kind: 'unchanged' };
  if (moved && (await hasStarted(tx, row))) return { kind: 'already-started' };
  return noTimeLeft(before, after);
}

/** A deadline that stays may have passed meanwhile, which ends the item; of one that is given, that is a mistake. */
function noTimeLeft(before: Facts, after: Facts): NoTimeLeft | null {
  const given = after.deadline === before.deadline ? null : after.deadline;
  const late = whyNoTimeLeft(present({ deadline: given }), Date.now());
  if (late !== null) return { kind: 'no-time-left', field: 'deadline', message: late };
  const isOrdered = after.notBefore === null || whyNoTimeLeft(present({ ...after }), 0) === null;
  return isOrdered ? null : { kind: 'no-time-left', field: 'notBefore', message: 'the deadline is not after it' };
}

function factsAfter(before: Facts, { priority, deadline, notBefore }: WorkChange): Facts {
  return {
    priority: priority ?? before.priority,
    deadline: deadline === undefined ? before.deadline : toIso(deadline),
    notBefore: notBefore === undefined ? before.notBefore : toIso(notBefore),
  };
}

async function hasStarted(tx: Tx, { id, phase, attempts }: Row): Promise<boolean> {
  return attempts > 0 || (phase !== 'accepted' && phase !== 'waiting') || (await findActiveSlot(tx, id)) !== undefined;
}

/** False when it does not stand in the queue yet. */
async function moveInQueue(tx: Tx, { id: workId, offered_at: offeredAt }: Row, notBefore: string | null): Promise<boolean> {
  const earliest = sql<Date>`greatest(now(), ${notBefore}::timestamptz)`;
  const moved = await tx
    .updateTable('queue')
    .set({
      not_before: earliest,
      due: sql<boolean>`${earliest} <= now()`,
      enqueued_at: sql<Date>`greatest(${offeredAt}::timestamptz, ${notBefore}::timestamptz)`,
    })
    .where('work_id', '=', workId)
    .executeTakeFirst();
  return moved.numUpdatedRows > 0n;
}

async function record(tx: Tx, row: Row & { event_seq: number }, { before, after, author }: { before: Shown; after: Shown; author: Author }): Promise<void> {
  const { id: workId, task_id: taskId, capability, boundary } = row;
  const entity = { entityType: 'work', entityId: workId, projectId: row.project_id } as const;
  await appendEvent(tx, {
    // Its number among the item's events: the same change may be made again later.
    key: `update:${workId}:${String(row.event_seq + 1)}`,
    ...entity,
    type: 'work:updated',
    data: { workId, taskId, capability, boundary, before, after },
  });
  await writeAudit(tx, author, { action: 'work.update', ...entity, before: { ...before }, after: { ...after } });
}

/** Most items have no earliest start; who reads of their changes need not know of it. */
function withoutStart({ priority, deadline }: Facts): Shown {
  return { priority, deadline };
}

function toIso(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

function msOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
