import { sql } from 'kysely';
import type { SelectQueryBuilder } from 'kysely';
import { WeftError } from '../../domain/errors.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { NewTarget, TargetLedger } from '../../ports/ledger/target-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Database, Db, Tx } from './database.ts';
import { cleanText, toJson, toJsonOrNull } from './json.ts';
import { ensureProject } from './submit.ts';
import type { Tables, TargetRow } from './tables.ts';
import { toTarget } from './to-target.ts';
import type { TargetUse } from './to-target.ts';

/** Where agents can be started. */
export function createTargetLedger(database: Database): TargetLedger {
  return {
    register: (target) => database.transact((tx) => register(tx, target)),
    find: (projectId, idOrName) => database.read((db) => findTarget(db, projectId, idOrName)),
    list: (projectId, { limit, after }) =>
      database.read(async (db) => {
        let query = selectTargets(db).where('t.project_id', '=', projectId);
        if (after !== null) query = query.where('t.name', '>', after);
        const rows = await query.orderBy('t.name').limit(limit).execute();
        return rows.map((row) => toTarget(row));
      }),
    remove: (projectId, idOrName) => database.transact((tx) => remove(tx, projectId, idOrName)),
  };
}

async function register(tx: Tx, { id, projectId, body, config }: NewTarget): Promise<Target> {
  const { hostId } = config.local;
  if (hostId === undefined) throw new WeftError('TARGET_MISCONFIGURED', 'The target names no host (config.hostId) that starts its agents.');
  await ensureProject(tx, projectId);
  const inserted = await tx
    .insertInto('targets')
    .values({
      id,
      project_id: projectId,
      name: body.name,
      description: body.description === undefined ? null : cleanText(body.description),
      agent_type: body.agentType,
      capabilities: body.capabilities,
      boundaries: body.boundaries,
      mechanism: body.mechanism,
      config: toJson(body.config),
      mechanism_config: toJson(config),
      host_id: hostId,
      limits: toJson(body.limits),
      agents_max: body.limits.agentsMax,
      health_check: toJsonOrNull(body.healthCheck),
      tags: body.tags ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) throw new WeftError('CONFLICT', `The project "${projectId}" has a target named "${body.name}" already.`);
  await appendEvent(tx, {
    key: `target:${id}:registered`,
    entityType: 'target',
    entityId: id,
    projectId,
    type: 'target:registered',
    data: {
      targetId: id,
      targetName: body.name,
      agentType: body.agentType,
      capabilities: body.capabilities,
      boundaries: body.boundaries,
      mechanism: body.mechanism,
    },
  });
  return toTarget(await selectTargets(tx).where('t.id', '=', id).executeTakeFirstOrThrow());
}

/** An id wins over a name that looks like one. */
async function findTarget(db: Db, projectId: ProjectId, idOrName: string): Promise<Target | null> {
  const rows = await selectTargets(db)
    .where('t.project_id', '=', projectId)
    .where((or) => or.or([or(sql`t.id::text`, '=', idOrName), or('t.name', '=', idOrName)]))
    .limit(2)
    .execute();
  const row = rows.find((candidate) => candidate.id === idOrName) ?? rows[0];
  return row === undefined ? null : toTarget(row);
}

async function remove(tx: Tx, projectId: ProjectId, idOrName: string): Promise<boolean> {
  const target = await findTarget(tx, projectId, idOrName);
  if (target === null) return false;
  const removed = await tx
    .updateTable('targets')
    .set({ removed_at: sql<Date>`now()`, version: sql<number>`version + 1` })
    .where('id', '=', target.id)
    .where('removed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (removed === undefined) return false;
  await appendEvent(tx, {
    key: `target:${target.id}:removed`,
    entityType: 'target',
    entityId: target.id,
    projectId,
    type: 'target:removed',
    data: { targetId: target.id, targetName: target.name },
  });
  return true;
}

/** Targets that are not removed, with what their sessions say of them. */
function selectTargets(db: Db): SelectQueryBuilder<Tables & { t: Tables['targets'] }, 't', TargetRow & TargetUse> {
  return db
    .selectFrom('targets as t')
    .selectAll('t')
    .select([
      sql<number>`(SELECT count(*) FROM sessions s WHERE s.target_id = t.id)::int`.as('use_count'),
      sql<Date | null>`(SELECT max(s.created_at) FROM sessions s WHERE s.target_id = t.id)`.as('last_used_at'),
      sql<string | null>`(SELECT s.guid FROM sessions s WHERE s.target_id = t.id AND s.state <> 'gone' ORDER BY s.created_at DESC, s.guid LIMIT 1)`.as(
        'current_agent_guid',
      ),
    ])
    .where('t.removed_at', 'is', null);
}
