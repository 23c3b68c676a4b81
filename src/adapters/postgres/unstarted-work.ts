import { sql } from 'kysely';
import { SETTLED_PHASES } from '../../domain/work/work-item.ts';
import type { WorkId } from '../../domain/ids.ts';
import type { WorkLedger } from '../../ports/ledger/work-ledger.ts';
import { batched } from './batch.ts';
import type { Database, Tx } from './database.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';

const FORGOTTEN_MAX = 100;

/** Which items are startable and not known to have been started; kept from the transaction that makes them so until somebody says that it is done. */
export function createUnstartedWork(database: Database): Pick<WorkLedger, 'findUnstarted' | 'recordStarted'> {
  const forget = batched<WorkId, true>(async (workIds) => {
    await database.read((db) =>
      db
        .deleteFrom('unstarted_work')
        .where('work_id', '=', sql<string>`any(${workIds}::uuid[])`)
        .execute(),
    );
    return new Map(workIds.map((workId) => [workId, true]));
  }, FORGOTTEN_MAX);
  return {
    findUnstarted: ({ olderThanMs, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('work_items')
          .innerJoin('unstarted_work as u', 'u.work_id', 'work_items.id')
          .select(WORK_ITEM_COLUMNS)
          // One that has ended without ever being started was ended by an operator.
          .where('phase', 'not in', [...SETTLED_PHASES])
          .where('u.since', '<=', sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`)
          .orderBy('u.since')
          .orderBy('u.work_id')
          .limit(limit)
          .execute();
        return rows.map(toWorkItem);
      }),
    recordStarted: async (workId) => {
      await forget(workId);
    },
  };
}

/** By its workflow itself. */
export async function forgetUnstarted(tx: Tx, workId: WorkId): Promise<void> {
  await tx.deleteFrom('unstarted_work').where('work_id', '=', workId).execute();
}

/** In the transaction that makes the item startable again. */
export async function noteUnstarted(tx: Tx, workId: WorkId): Promise<void> {
  await tx
    .insertInto('unstarted_work')
    .values({ work_id: workId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
