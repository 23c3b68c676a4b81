import { sql } from 'kysely';
import type { SelectQueryBuilder } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import { WeftError } from '../../domain/errors.ts';
import type { ProjectId } from '../../domain/ids.ts';
import { maskConfig } from '../../domain/targets/mask-config.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { Page, PageRequest } from '../../ports/ledger/page.ts';
import type { NewTarget, TargetLedger } from '../../ports/ledger/target-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Database, Db, Tx } from './database.ts';
import { cleanText, toJson, toJsonOrNull } from './json.ts';
import { readPage } from './read-page.ts';
import { ensureProject } from './submit.ts';
import type { Tables, TargetRow } from './tables.ts';
import { toTarget } from './to-target.ts';
import type { TargetUse } from './to-target.ts';
import { writeAudit } from './write-audit.ts';

/** Where agents can be started. */
export function createTargetLedger(database: Database): TargetLedger {
  return {
    register: (target, author) => database.transact((tx) => register(tx, target, author)),
    find: (projectId, idOrName) => database.read((db) => findTarget(db, projectId, idOrName)),
    list: (projectId, page) => list(database, projectId, page),
    remove: (projectId, idOrName, author) => database.transact((tx) => remove(tx, { projectId, idOrName }, author)),
  };
}

async function list(database: Database, projectId: ProjectId, page: PageRequest<string>): Promise<Page<Target>> {
  const { rows, ...ends } = await readPage(page, (limit) =>
    database.read((db) => {
      let query = selectTargets(db).where('t.project_id', '=', projectId);
      const backwards = page.from?.direction === 'before';
      if (page.from !== null) query = query.where('t.name', backwards ? '<' : '>', page.from.position);
      return query
        .orderBy('t.name', backwards ? 'desc' : 'asc')
        .limit(limit)
        .execute();
    }),
  );
  return { ...ends, items: rows.map(toTarget) };
}

async function register(tx: Tx, { id, projectId, body, config }: NewTarget, author: Author): Promise<Target> {
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
  const registered = toTarget(await selectTargets(tx).where('t.id', '=', id).executeTakeFirstOrThrow());
  await writeAudit(tx, author, { action: 'target.register', entityType: 'target', entityId: id, projectId, before: null, after: shown(registered) });
  return registered;
}

/** An id wins over a name that looks like one. */
export async function findTarget(db: Db, projectId: ProjectId, idOrName: string): Promise<Target | null> {
  const rows = await selectTargets(db)
    .where('t.project_id', '=', projectId)
    .where((or) => or.or([or(sql`t.id::text`, '=', idOrName), or('t.name', '=', idOrName)]))
    .limit(2)
    .execute();
  const row = rows.find((candidate) => candidate.id === idOrName) ?? rows[0];
  return row === undefined ? null : toTarget(row);
}

async function remove(tx: Tx, { projectId, idOrName }: { projectId: ProjectId; idOrName: string }, author: Author): Promise<boolean> {
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
  await writeAudit(tx, author, { action: 'target.remove', entityType: 'target', entityId: target.id, projectId, before: shown(target), after: null });
  return true;
}

/** For the audit, which keeps no secrets. */
function shown(target: Target): Target {
  return { ...target, config: maskConfig(target.config) };
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
