import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { WeftEvent } from '../../domain/events/event.ts';
import type { WorkId } from '../../domain/ids.ts';
import { isSettled, toWorkStatus, WorkPhase } from '../../domain/work/work-item.ts';
import type { WorkItem, WorkStatus } from '../../domain/work/work-item.ts';
import type { Page, PageFrom, PageRequest } from '../../ports/ledger/page.ts';
import type { CancelRequestResult, WorkFilter, WorkLedger, WorkPosition } from '../../ports/ledger/work-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Database, Tx } from './database.ts';
import { boundedText } from './json.ts';
import { readPage } from './read-page.ts';
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
    list: (filter, page) => list(database, filter, page),
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

async function list(database: Database, filter: WorkFilter, page: PageRequest<WorkPosition>): Promise<Page<WorkItem>> {
  const { rows, ...ends } = await readPage(page, (limit) =>
    database.read((db) => {
      let query = db.selectFrom('work_items').select(WORK_ITEM_COLUMNS).where('project_id', '=', filter.projectId);
      if (filter.status !== undefined) query = query.where('phase', 'in', phasesOf(filter.status));
      if (filter.boundary !== undefined) query = query.where('boundary', '=', filter.boundary);
      if (page.from !== null) query = query.where(isBeyond(page.from));
      const backwards = page.from?.direction === 'before';
      return query
        .orderBy('priority', backwards ? 'asc' : 'desc')
        .orderBy('offered_at', backwards ? 'desc' : 'asc')
        .orderBy('id', backwards ? 'desc' : 'asc')
        .limit(limit)
        .execute();
    }),
  );
  return { ...ends, items: rows.map(toWorkItem) };
}

/** The first condition is what the index can use; the second settles equal priorities. */
function isBeyond({ direction, position: { priority, offeredAt, id } }: PageFrom<WorkPosition>): RawBuilder<boolean> {
  return direction === 'after'
    ? sql<boolean>`(priority <= ${priority} AND (priority < ${priority} OR (offered_at, id) > (${offeredAt}::timestamptz, ${id}::uuid)))`
    : sql<boolean>`(priority >= ${priority} AND (priority > ${priority} OR (offered_at, id) < (${offeredAt}::timestamptz, ${id}::uuid)))`;
}

function phasesOf(status: WorkStatus): readonly WorkPhase[] {
  return WorkPhase.options.filter((phase) => toWorkStatus(phase) === status);
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
