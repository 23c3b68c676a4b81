import { sql } from 'kysely';
import type { SelectQueryBuilder } from 'kysely';
import { TargetId } from '../../domain/ids.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { TargetRef } from '../../ports/ledger/target-ledger.ts';
import type { Db, Tx } from './database.ts';
import type { Tables, TargetRow } from './tables.ts';
import { toTarget } from './to-target.ts';
import type { TargetUse } from './to-target.ts';

export type TargetSelection<O = TargetRow & TargetUse> = SelectQueryBuilder<Tables & { t: Tables['targets'] }, 't', O>;

const CURRENT_AGENT = sql<
  string | null
>`(SELECT s.guid FROM sessions s WHERE s.target_id = t.id AND s.state <> 'gone' ORDER BY s.created_at DESC, s.guid LIMIT 1)`;

/** The last check failed, or starts do (`breaker_cause` is never null in an open breaker). One that has no capacity now is none the worse for it. */
export const IN_ERROR = sql<boolean>`(t.last_error IS NOT NULL OR (t.breaker_state = 'open' AND t.breaker_cause <> 'refused'))`;

/** The first that is true (see `Target.status`). */
export const STATUS = sql<Target['status']>`CASE
  WHEN t.disabled_at IS NOT NULL THEN 'disabled'
  WHEN ${IN_ERROR} THEN 'error'
  WHEN t.breaker_state = 'open' OR EXISTS (SELECT 1 FROM sessions s WHERE s.target_id = t.id AND s.state <> 'gone') THEN 'in-use'
  ELSE 'available' END`;

// Of a start that is still under way nothing is known yet. One that never got room has no session.
const LAST_SPIN_UP = sql<TargetUse['last_spin_up']>`(
  SELECT l.facts FROM (
    (SELECT s.created_at AS at, jsonb_build_object('at', extract(epoch FROM coalesce(s.registered_at, s.created_at))::float8 * 1000,
      'failed', s.registered_at IS NULL, 'guid', s.guid, 'agent_type', s.agent_type, 'host_id', s.host_id, 'hostname', s.hostname, 'work_id', s.work_id, 'error', s.end_message) AS facts
    FROM sessions s WHERE s.target_id = t.id AND (s.registered_at IS NOT NULL OR s.end_cause IN ('spin-up-failed', 'start-refused'))
    ORDER BY s.created_at DESC, s.guid LIMIT 1)
    UNION ALL
    (SELECT p.completed_at, jsonb_build_object('at', extract(epoch FROM p.completed_at)::float8 * 1000, 'failed', true, 'guid', NULL, 'error', p.error)
    FROM spin_ups p WHERE p.target_id = t.id AND p.status IN ('failed', 'timeout') AND p.agent_guid IS NULL
    ORDER BY p.requested_at DESC, p.id DESC LIMIT 1)
  ) l ORDER BY l.at DESC LIMIT 1)`;

/** Targets that are not removed, with what their sessions say of them. */
export function selectTargets(db: Db): TargetSelection {
  return selectEvenRemoved(db).where('t.removed_at', 'is', null);
}

function selectEvenRemoved(db: Db): TargetSelection {
  return db
    .selectFrom('targets as t')
    .selectAll('t')
    .select([
      STATUS.as('status'),
      CURRENT_AGENT.as('current_agent_guid'),
      LAST_SPIN_UP.as('last_spin_up'),
      sql<number>`(SELECT count(*) FROM sessions s WHERE s.target_id = t.id)::int`.as('use_count'),
      sql<Date | null>`(SELECT max(s.created_at) FROM sessions s WHERE s.target_id = t.id)`.as('last_used_at'),
    ]);
}

/** See `TargetLedger.findEvenRemoved`. */
export async function findEvenRemoved(db: Db, id: TargetId): Promise<Target | null> {
  const row = await selectEvenRemoved(db).where('t.id', '=', id).executeTakeFirst();
  return row === undefined ? null : toTarget(row);
}

export async function findTarget(db: Db, ref: TargetRef): Promise<Target | null> {
  const id = await findId(db, ref);
  return id === null ? null : readTarget(db, id);
}

/** The target with its row locked: nobody else changes it before the transaction ends. */
export async function lockTarget(tx: Tx, ref: TargetRef): Promise<{ readonly target: Target; readonly row: TargetRow } | null> {
  const id = await findId(tx, ref);
  return id === null ? null : lockTargetById(tx, id);
}

export async function lockTargetById(tx: Tx, id: TargetId): Promise<{ readonly target: Target; readonly row: TargetRow } | null> {
  const row = await tx.selectFrom('targets').selectAll().where('id', '=', id).where('removed_at', 'is', null).forNoKeyUpdate().executeTakeFirst();
  const target = row === undefined ? null : await readTarget(tx, id);
  return row === undefined || target === null ? null : { row, target };
}

async function readTarget(db: Db, id: TargetId): Promise<Target | null> {
  const row = await selectTargets(db).where('t.id', '=', id).executeTakeFirst();
  return row === undefined ? null : toTarget(row);
}

/** Names never look like ids; should an old one do so all the same, the id wins. */
async function findId(db: Db, { idOrName, first, projects }: TargetRef): Promise<TargetId | null> {
  const id = TargetId.safeParse(idOrName);
  let query = db
    .selectFrom('targets as t')
    .innerJoin('projects as p', 'p.id', 't.project_id')
    .select('t.id')
    .where('t.removed_at', 'is', null)
    .where((or) => or.or([or('t.name', '=', idOrName), ...(id.success ? [or('t.id', '=', id.data)] : [])]));
  if (projects !== 'all') query = query.where('t.project_id', '=', sql<string>`any(${projects}::text[])`);
  const row = await query
    .orderBy(sql`t.id::text = ${idOrName.toLowerCase()}`, 'desc')
    .orderBy(sql`t.project_id = ${first}`, 'desc')
    .orderBy('p.created_at')
    .orderBy('t.project_id')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}
