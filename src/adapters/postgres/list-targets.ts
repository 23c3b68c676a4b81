import { sql } from 'kysely';
import type { SelectQueryBuilder } from 'kysely';
import { STARTING_MECHANISMS } from '../../domain/targets/can-start.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { Page } from '../../ports/ledger/page.ts';
import type { TargetFilter, TargetQuery } from '../../ports/ledger/target-ledger.ts';
import type { Database, Db } from './database.ts';
import { readPage } from './read-page.ts';
import { IN_ERROR, selectTargets, STATUS } from './select-targets.ts';
import type { TargetSelection } from './select-targets.ts';
import type { Tables } from './tables.ts';
import { toTarget } from './to-target.ts';

// The same as `listPositionOf`; a test compares them.
const RANK = sql<number>`CASE WHEN t.disabled_at IS NULL AND NOT ${IN_ERROR} AND t.mechanism = any(${STARTING_MECHANISMS}::text[]) THEN 0 ELSE 1 END`;

/** See `TargetLedger.list`. */
export async function listTargets(database: Database, query: TargetQuery): Promise<Page<Target> & { readonly total: number }> {
  const { rows, ...ends } = await readPage(query.page, (limit) => database.read((db) => selectPage(db, query).limit(limit).execute()));
  const { total } = await database.read((db) =>
    matching(db.selectFrom('targets as t').where('t.removed_at', 'is', null), query)
      .select(sql<number>`count(*)::int`.as('total'))
      .executeTakeFirstOrThrow(),
  );
  return { ...ends, items: rows.map(toTarget), total };
}

function selectPage(db: Db, query: TargetQuery): TargetSelection {
  const { from } = query.page;
  const backwards = from?.direction === 'before';
  let page = matching(selectTargets(db), query);
  if (from !== null) {
    const { rank, name } = from.position;
    page = page.where(
      backwards ? sql<boolean>`(${RANK}, t.name) < (${rank}::int, ${name}::text)` : sql<boolean>`(${RANK}, t.name) > (${rank}::int, ${name}::text)`,
    );
  }
  const direction = backwards ? 'desc' : 'asc';
  return page.orderBy(RANK, direction).orderBy('t.name', direction);
}

type Selection<O> = SelectQueryBuilder<Tables & { t: Tables['targets'] }, 't', O>;

function matching<O>(selection: Selection<O>, { projectId, filter }: TargetQuery): Selection<O> {
  return conditionsOf(filter).reduce((query, condition) => query.where(condition), selection.where('t.project_id', '=', projectId));
}

function conditionsOf({ agentType, status, capability, boundary, mechanism, healthStatus, tag, includeDisabled }: TargetFilter) {
  return [
    agentType === undefined ? null : sql<boolean>`t.agent_type = ${agentType}`,
    status === undefined ? null : sql<boolean>`${STATUS} = ${status}`,
    capability === undefined ? null : sql<boolean>`${capability} = any(t.capabilities)`,
    boundary === undefined ? null : sql<boolean>`${boundary} = any(t.boundaries)`,
    mechanism === undefined ? null : sql<boolean>`t.mechanism = ${mechanism}`,
    healthStatus === undefined ? null : sql<boolean>`t.health_status = ${healthStatus}`,
    tag === undefined ? null : sql<boolean>`${tag} = any(t.tags)`,
    includeDisabled === false ? sql<boolean>`t.disabled_at IS NULL` : null,
  ].filter((condition) => condition !== null);
}
