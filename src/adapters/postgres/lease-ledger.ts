import { sql } from 'kysely';
import type { FinalReport } from '../../domain/agents/report.ts';
import type { LeaseLedger, ParkResult, UntakenLease } from '../../ports/ledger/lease-ledger.ts';
import type { Db, Tx } from './database.ts';
import { toJson } from './json.ts';
import type { LedgerContext } from './ledger-context.ts';
import { findActiveSlot, lockItem } from './locked-item.ts';
import { answerQuestion, IS_PENDING } from './questions.ts';
import { isRunToken } from './run-token.ts';
import { takeReport } from './take-report.ts';
import { leaseAgeMs, toLiveLease } from './to-live-lease.ts';
import { toAssignment, writeLease } from './write-lease.ts';

/** Leases and what agents report under them. */
export function createLeaseLedger(context: LedgerContext): LeaseLedger {
  const { database, installation } = context;
  return {
    writeLease: async (writer, lease) => {
      const { secret } = await installation();
      return database.transact((tx) => writeLease(tx, { writer, lease, secret, context }));
    },
    takeReport: async (report) => {
      const { secret } = await installation();
      if (!isRunToken(secret, report, report.runToken)) return { kind: 'rejected', reason: 'the run token does not belong to this item, fence and agent' };
      return database.transact((tx) => takeReport(tx, report));
    },
    parkReport: (report, tried) => database.transact((tx) => parkReport(tx, report, tried)),
    findLease: (workId, fence) =>
      database.read(async (db) => {
        const lease = db.selectFrom('leases as l').selectAll().select(leaseAgeMs.as('age_ms')).where('work_id', '=', workId).where('fence', '=', fence);
        const row = await lease.executeTakeFirst();
        return row === undefined ? null : { ...toLiveLease(row), ageMs: row.age_ms };
      }),
    hasParkedReport: (workId, fence) =>
      database.read(async (db) => {
        const row = await db.selectFrom('parked_reports').select('work_id').where('work_id', '=', workId).where('fence', '=', fence).executeTakeFirst();
        return row !== undefined;
      }),
    hasQuestion: (workId, fence) =>
      database.read(async (db) => {
        const query = db.selectFrom('questions').select('id').where('work_id', '=', workId).where('fence', '=', fence).where(IS_PENDING);
        return (await query.executeTakeFirst()) !== undefined;
      }),
    answerQuestion: (workId, given) => database.transact((tx) => answerQuestion(tx, workId, given)),
    recordDelivered: async (workId, questionId) => {
      await database.read((db) =>
        db
          .updateTable('questions')
          .set({ delivered_at: sql<Date>`coalesce(delivered_at, now())` })
          .where('work_id', '=', workId)
          .where('id', '=', questionId)
          .execute(),
      );
    },
    findUntold: ({ limit }) =>
      database.read((db) =>
        db
          .selectFrom('questions as q')
          .innerJoin('leases as l', (join) => join.onRef('l.work_id', '=', 'q.work_id').onRef('l.question_id', '=', 'q.id'))
          .select(['l.work_id as workId', 'l.task_token as taskToken'])
          .where('q.state', '=', sql.lit('answered' as const))
          .where('q.delivered_at', 'is', null)
          .orderBy('q.closed_at')
          .limit(limit)
          .execute(),
      ),
    findUntaken: async (page) => {
      const { secret } = await installation();
      return database.read((db) => findUntaken(db, page, secret));
    },
    findUnleased: (page) => database.read((db) => findUnleased(db, page)),
  };
}

// One that registered by itself has the item when it says so; one that knows Warp's tools only is offered it by Warp.
const IS_UNTAKEN = sql<boolean>`CASE WHEN g.target_id IS NULL
  THEN w.phase = 'starting' AND a.status <> 'offline' AND a.offer ->> 'protocol' = 'weft' ELSE w.phase IN ('starting', 'leased') END`;

async function findUntaken(db: Db, { olderThanMs, limit }: { olderThanMs: number; limit: number }, secret: Buffer): Promise<readonly UntakenLease[]> {
  const rows = await db
    .selectFrom('leases as l')
    .innerJoin('work_items as w', 'w.id', 'l.work_id')
    .innerJoin('slots as g', (join) =>
      join
        .onRef('g.work_id', '=', 'l.work_id')
        .onRef('g.fence', '=', 'l.fence')
        .on('g.state', '=', sql.lit('taken' as const)),
    )
    .leftJoin('agents as a', 'a.guid', 'g.agent_guid')
    .select(['w.id', 'w.project_id', 'w.task_id', 'w.capability', 'w.boundary', 'w.description', 'w.context_data'])
    .select(['g.agent_guid', 'g.fence', 'g.attempt', 'l.task_token'])
    .where(IS_UNTAKEN)
    .where('l.question_id', 'is', null)
    .where('l.written_at', '<', sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`)
    .orderBy('l.written_at')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ assignment: toAssignment({ item: row, slot: row, secret }), taskToken: row.task_token }));
}

async function findUnleased(db: Db, { olderThanMs, limit }: { olderThanMs: number; limit: number }): Promise<readonly string[]> {
  const since = sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`;
  const rows = await db
    .selectFrom('slots as g')
    .leftJoin('leases as l', (join) => join.onRef('l.work_id', '=', 'g.work_id').onRef('l.fence', '=', 'g.fence'))
    .leftJoin('parked_reports as p', (join) => join.onRef('p.work_id', '=', 'g.work_id').onRef('p.fence', '=', 'g.fence'))
    .select('g.work_id')
    .where('g.state', '<>', sql.lit('released' as const))
    .where((either) => either.or([either.and([either('l.work_id', 'is', null), either('g.updated_at', '<', since)]), either('p.parked_at', '<', since)]))
    .orderBy('g.updated_at')
    .limit(limit)
    .execute();
  return rows.map(({ work_id: workId }) => workId);
}

/** The lease that was tried stays: a late write of its await must still be refused. */
async function parkReport(tx: Tx, report: FinalReport, tried: { awaitNo: number } | null): Promise<ParkResult> {
  const { workId, fence } = report;
  const item = await lockItem(tx, workId);
  const slot = item === undefined ? undefined : await findActiveSlot(tx, workId);
  if (slot?.state !== 'taken' || slot.fence !== fence || slot.agent_guid !== report.guid) return { kind: 'not-current' };
  const lease = await tx.selectFrom('leases').selectAll().where('work_id', '=', workId).where('fence', '=', fence).executeTakeFirst();
  if (lease !== undefined && lease.await_no !== tried?.awaitNo) return { kind: 'lease-changed', lease: toLiveLease(lease) };
  await tx
    .insertInto('parked_reports')
    .values({ work_id: workId, fence, report: toJson(report) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return { kind: 'parked' };
}
