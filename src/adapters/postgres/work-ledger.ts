import { sql } from 'kysely';
import type { SqlBool } from 'kysely';
import type { PickedWork, WorkChoice, WorkLedger } from '../../ports/ledger/work-ledger.ts';
import { decideApproval } from './approvals.ts';
import type { Database } from './database.ts';
import { createFindPlacedWork, createFindWork } from './find-work.ts';
import { boundedText } from './json.ts';
import type { LedgerContext } from './ledger-context.ts';
import { createListWork } from './list-work.ts';
import { matches } from './matches-work.ts';
import { readAttempts } from './read-attempts.ts';
import { readHistory } from './read-history.ts';
import { requestCancel, requestReassign } from './request-cancel.ts';
import { retryWork } from './retry-work.ts';
import { createSubmit } from './submit.ts';
import { updateWork } from './update-work.ts';
import { createUnstartedWork } from './unstarted-work.ts';

const REASON_CHARS_MAX = 1024;

/** What the API reads and writes about work. */
export function createWorkLedger(context: Pick<LedgerContext, 'database' | 'defaultPolicy'>): WorkLedger {
  const { database } = context;
  return {
    submit: createSubmit(context),
    find: createFindWork(database),
    findPlaced: createFindPlacedWork(database),
    list: createListWork(database),
    eventsOf: (id, page) => database.read((db) => readHistory(db, { type: 'work', id }, page)),
    attemptsOf: (workId, page) => database.read((db) => readAttempts(db, workId, page)),
    requestCancel: (workId, reason, author) => database.transact((tx) => requestCancel(tx, workId, { reason: boundedText(reason, REASON_CHARS_MAX), author })),
    requestReassign: (workId, reason, author) =>
      database.transact((tx) => requestReassign(tx, workId, { reason: boundedText(reason, REASON_CHARS_MAX), author })),
    update: (workId, wish) => database.transact((tx) => updateWork(tx, workId, wish)),
    retry: (workId, wish) => database.transact((tx) => retryWork(tx, workId, wish)),
    decideApproval: (workId, decision) => database.transact((tx) => decideApproval(tx, workId, decision)),
    pick: (choice) => pick(database, choice),
    ...createUnstartedWork(database),
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

async function pick(database: Database, { ids, filter, limit, inTimeFirst = false }: WorkChoice): Promise<readonly PickedWork[]> {
  const conditions = [
    ...(filter === null ? [] : [matches(filter)]),
    ...(ids === null ? [] : [sql<SqlBool>`work_items.id = any(${ids}::uuid[])`]),
    // Those whose cancel is under way would hide the others from the next call.
    ...(ids === null ? [sql<SqlBool>`(work_items.cancel_requested_at IS NULL OR work_items.phase = 'dead-lettered')`] : []),
    ...(ids !== null || filter?.status !== undefined ? [] : [sql<SqlBool>`work_items.status IN ('pending', 'assigned', 'in-progress')`]),
  ];
  const rows = await database.read((db) =>
    db
      .selectFrom('work_items')
      .select(['id', 'project_id as projectId', 'status', 'phase', 'deadline'])
      .where(sql<SqlBool>`${sql.join(conditions, sql` AND `)}`)
      .$if(inTimeFirst, (query) => query.orderBy(sql`coalesce(deadline <= now(), false)`))
      .orderBy(sql`-priority, offered_at, id`)
      .limit(limit)
      .execute(),
  );
  return rows.map(({ deadline, ...row }) => ({ ...row, deadlineMs: deadline?.getTime() ?? null }));
}
