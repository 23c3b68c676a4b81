import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { WeftEvent } from '../../domain/events/event.ts';
import type { WorkId } from '../../domain/ids.ts';
import { isSettled, toWorkStatus } from '../../domain/work/work-item.ts';
import type { CancelRequestResult, WorkLedger } from '../../ports/ledger/work-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Database, Tx } from './database.ts';
import { boundedText } from './json.ts';
import { listWork } from './list-work.ts';
import { submit } from './submit.ts';
import { toWeftEvent } from './to-event.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import { writeAudit } from './write-audit.ts';

const REASON_CHARS_MAX = 1024;

/** What the API reads and writes about work. */
export function createWorkLedger(database: Database): WorkLedger {
  return {
    submit: (item, key, author) => submit(database, item, { key, author }),
    find: (workId) =>
      database.read(async (db) => {
        const row = await db.selectFrom('work_items').select(WORK_ITEM_COLUMNS).where('id', '=', workId).executeTakeFirst();
        return row === undefined ? null : toWorkItem(row);
      }),
    list: (filter, page) => listWork(database, filter, page),
    eventsOf: (workId, page) => eventsOf(database, workId, page),
    requestCancel: (workId, reason, author) => database.transact((tx) => requestCancel(tx, workId, { reason: boundedText(reason, REASON_CHARS_MAX), author })),
    findUnstarted: ({ olderThanMs, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('work_items')
          .select(WORK_ITEM_COLUMNS)
          .where('phase', '=', 'accepted')
          .where('workflow_seen_at', 'is', null)
          .where('offered_at', '<=', sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`)
          .orderBy('offered_at')
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(toWorkItem);
      }),
    ping: async () => {
      try {
        await database.read((db) => sql`select 1`.execute(db));
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function eventsOf(database: Database, workId: WorkId, page: { afterSeq: number; limit: number }): Promise<readonly WeftEvent[]> {
  const rows = await database.read((db) =>
    db
      .selectFrom('events')
      .selectAll()
      .where('entity_type', '=', 'work')
      .where('entity_id', '=', workId)
      .where('seq', '>', page.afterSeq)
      .orderBy('seq')
      .limit(page.limit)
      .execute(),
  );
  return rows.map(toWeftEvent);
}

async function requestCancel(tx: Tx, workId: WorkId, { reason, author }: { reason: string; author: Author }): Promise<CancelRequestResult> {
  const row = await tx.selectFrom('work_items').select(WORK_ITEM_COLUMNS).where('id', '=', workId).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return { kind: 'not-found' };
  if (isSettled(row.phase)) return { kind: 'already-settled', item: toWorkItem(row) };
  if (row.cancel_requested_at !== null) return { kind: 'requested', item: toWorkItem(row) };
  // Out of the queue at once, so that nothing is granted any more; a slot granted before is refused by `takeGrant`.
  await tx.deleteFrom('queue').where('work_id', '=', workId).execute();
  await appendEvent(tx, {
    key: `cancel:${workId}`,
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
