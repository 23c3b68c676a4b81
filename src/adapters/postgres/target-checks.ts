import { sql } from 'kysely';
import type { TargetId } from '../../domain/ids.ts';
import { STARTING_MECHANISMS } from '../../domain/targets/can-start.ts';
import { wholeSeconds } from '../../domain/targets/health-schedule.ts';
import type { ProbeResult, SeenPlace } from '../../domain/targets/probe.ts';
import { CHECK_TIMEOUT_MS_DEFAULT, CHECK_INTERVAL_MS_DEFAULT } from '../../domain/targets/target.ts';
import type { TargetLedger } from '../../ports/ledger/target-ledger.ts';
import type { Database, Db, Tx } from './database.ts';
import { lockTargetById } from './select-targets.ts';
import { writeHealth } from './target-health.ts';

// The same as `healthScheduleOf`.
const IS_CHECKED = sql<boolean>`(t.removed_at IS NULL AND t.disabled_at IS NULL AND t.health_check @> '{"enabled": true}'
  AND t.mechanism = any(${STARTING_MECHANISMS}::text[]))`;

/** Looks at targets that nobody asked for. */
export function createTargetChecks(database: Database): Pick<TargetLedger, 'listChecked' | 'planCheck' | 'recordCheck'> {
  return {
    listChecked: ({ after, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('targets as t')
          .select(['t.id', 't.health_check'])
          .where(IS_CHECKED)
          .$if(after !== null, (query) => query.where('t.id', '>', after ?? ''))
          .orderBy('t.id')
          .limit(limit)
          .execute();
        return rows.map((row) => ({ targetId: row.id, intervalMs: wholeSeconds(row.health_check?.intervalMs ?? CHECK_INTERVAL_MS_DEFAULT) }));
      }),
    planCheck: (id) => database.read((db) => findPlan(db, id)),
    recordCheck: (id, seen, result) => database.transact((tx) => recordCheck(tx, { id, seen }, result)),
  };
}

async function findPlan(db: Db, id: TargetId): ReturnType<TargetLedger['planCheck']> {
  const row = await db
    .selectFrom('targets as t')
    .innerJoin('hosts as h', 'h.id', 't.host_id')
    .select(['t.host_id', 't.health_check', 't.version', 'h.updated_at'])
    .where('t.id', '=', id)
    .where(IS_CHECKED)
    .where('h.open', '=', true)
    .executeTakeFirst();
  if (row === undefined) return null;
  const seen = { version: row.version, hostSince: row.updated_at.toISOString() };
  return { hostId: row.host_id, timeoutMs: row.health_check?.timeoutMs ?? CHECK_TIMEOUT_MS_DEFAULT, seen };
}

/** A person asks for nothing here, so nothing is audited; what changes is an event. */
async function recordCheck(tx: Tx, { id, seen }: { id: TargetId; seen: SeenPlace }, result: ProbeResult): Promise<{ recovered: boolean }> {
  const locked = await lockTargetById(tx, id);
  const plan = await findPlan(tx, id);
  if (locked === null || plan?.seen.version !== seen.version || plan.seen.hostSince !== seen.hostSince) return { recovered: false };
  const target = await writeHealth(tx, locked, result);
  return { recovered: locked.row.breaker_state !== target.breaker.state && target.breaker.state !== 'open' };
}
