import type { Author } from '../../domain/access/actor.ts';
import { WeftError } from '../../domain/errors.ts';
import type { TargetId } from '../../domain/ids.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { NewTarget, TargetLedger } from '../../ports/ledger/target-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Database, Tx } from './database.ts';
import { cleanText, toJson, toJsonOrNull } from './json.ts';
import { listTargets } from './list-targets.ts';
import { findEvenRemoved, findTarget, selectTargets } from './select-targets.ts';
import { auditFacts } from './target-change.ts';
import { createTargetChecks } from './target-checks.ts';
import { recordHealth } from './target-health.ts';
import { disableTarget, enableTarget, removeTarget } from './target-switches.ts';
import { toTarget } from './to-target.ts';
import { writeTargetUpdate } from './update-target.ts';
import { writeAudit } from './write-audit.ts';

/** Where agents can be started. */
export function createTargetLedger(database: Database): TargetLedger {
  return {
    register: (target, author) => database.transact((tx) => register(tx, target, author)),
    find: (ref) => database.read((db) => findTarget(db, ref)),
    findEvenRemoved: (id) => database.read((db) => findEvenRemoved(db, id)),
    list: (query) => listTargets(database, query),
    update: (ref, update, author) => database.transact((tx) => writeTargetUpdate(tx, { ref, update }, author)),
    enable: (ref, author) => database.transact((tx) => enableTarget(tx, ref, author)),
    disable: (ref, reason, author) => database.transact((tx) => disableTarget(tx, { ref, reason, draining: false }, author)),
    drain: (ref, reason, author) => database.transact((tx) => disableTarget(tx, { ref, reason, draining: true }, author)),
    remove: (ref, author) => database.transact((tx) => removeTarget(tx, ref, author)),
    findPlace: (id) => findPlace(database, id),
    ...createTargetChecks(database),
    recordHealth: (id, result, author) => database.transact((tx) => recordHealth(tx, { id, result }, author)),
  };
}

async function findPlace(database: Database, id: TargetId): ReturnType<TargetLedger['findPlace']> {
  const row = await database.read((db) =>
    db
      .selectFrom('targets as t')
      .leftJoin('hosts as h', 'h.id', 't.host_id')
      .select(['t.mechanism_config', 't.host_id', 'h.open'])
      .where('t.id', '=', id)
      .where('t.removed_at', 'is', null)
      .executeTakeFirst(),
  );
  return row === undefined ? null : { hostId: row.host_id, hostStopped: row.open === false, config: row.mechanism_config };
}

async function register(tx: Tx, { id, projectId, body, config, hostId }: NewTarget, author: Author): Promise<Target> {
  // Projects exist from their first use.
  await tx
    .insertInto('projects')
    .values({ id: projectId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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
  await writeAudit(tx, author, {
    action: 'target.register',
    entityType: 'target',
    entityId: id,
    projectId,
    before: null,
    after: auditFacts(registered),
  });
  return registered;
}
