import type { Author } from '../../domain/access/actor.ts';
import type { Deployment } from '../../domain/deployments/deployment.ts';
import { WeftError } from '../../domain/errors.ts';
import type { ProjectId } from '../../domain/ids.ts';
import type { DeploymentHolder, DeploymentKey, DeploymentLedger, NewDeployment } from '../../ports/ledger/deployment-ledger.ts';
import type { Page, PageRequest } from '../../ports/ledger/page.ts';
import { auditDeployment, eventsOf } from './deployment-events.ts';
import { changeDeployment, turnDeployment } from './change-deployment.ts';
import type { Database, Db, Tx } from './database.ts';
import { readReplicas, toDeployment, toReplica } from './deployment-rows.ts';
import type { DeploymentRow } from './deployment-tables.ts';
import { listDueDeployments } from './due-deployments.ts';
import { cleanText, toJson } from './json.ts';
import { keepDeployment } from './keep-deployment.ts';
import { readHistory } from './read-history.ts';
import { readPage } from './read-page.ts';
import { requireTargets } from './deployment-targets.ts';
import { findDeployment, findDeploymentById } from './select-deployments.ts';

/** Agents that are kept running. */
export function createDeploymentLedger(database: Database): DeploymentLedger {
  return {
    create: (deployment, author) => database.transact((tx) => create(tx, deployment, author)),
    find: (ref) => database.read((db) => findDeployment(db, ref)),
    replicasOf: (id) => database.read(async (db) => (await readReplicas(db, [id])).map(toReplica)),
    list: (projectId, page) => list(database, projectId, page),
    update: (ref, update, author) => database.transact((tx) => changeDeployment(tx, { ref, update }, author)),
    turn: (ref, to, author) => database.transact((tx) => turnDeployment(tx, { ref, to }, author)),
    eventsOf: (id, page) => database.read((db) => readHistory(db, { type: 'deployment', id }, page)),
    keep: (id, bounds) => database.transact((tx) => keepDeployment(tx, id, bounds)),
    ownerOf: (guid) => database.read((db) => ownerOf(db, guid)),
    listDue: ({ limit }) => database.read((db) => listDueDeployments(db, limit)),
    listHolders: (page) => database.read((db) => listHolders(db, page)),
  };
}

async function create(tx: Tx, { id, projectId, body }: NewDeployment, author: Author): Promise<Deployment> {
  const { name, description, paused, projectId: _projectId, ...spec } = body;
  // Projects exist from their first use.
  await tx
    .insertInto('projects')
    .values({ id: projectId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await requireTargets(tx, projectId, spec);
  const row = await tx
    .insertInto('deployments')
    .values({ id, project_id: projectId, name, description: description === undefined ? null : cleanText(description), spec: toJson(spec), paused })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new WeftError('CONFLICT', `The project "${projectId}" has a deployment named "${name}" already.`);
  const facts = { name, paused, spec };
  await eventsOf(tx, row)('deployment:created', { replicas: spec.replicas, targets: spec.targets, paused });
  await auditDeployment(tx, author, { row, action: 'deployment.create', before: null, after: facts });
  return findDeploymentById(tx, id);
}

async function list(database: Database, projectId: ProjectId, page: PageRequest<string>): Promise<Page<Deployment>> {
  const { rows, ...ends } = await readPage(page, (limit) =>
    database.read((db) => {
      const backwards = page.from?.direction === 'before';
      let query = db.selectFrom('deployments').selectAll().where('project_id', '=', projectId).where('removed_at', 'is', null);
      if (page.from !== null) query = query.where('name', backwards ? '<' : '>', page.from.position);
      return query
        .orderBy('name', backwards ? 'desc' : 'asc')
        .limit(limit)
        .execute();
    }),
  );
  const ids = rows.map(({ id }) => id);
  const replicas = await database.read((db) => readReplicas(db, ids));
  const ofOne = (row: DeploymentRow) => replicas.filter((replica) => replica.deployment_id === row.id);
  return { ...ends, items: rows.map((row) => toDeployment(row, ofOne(row))) };
}

async function ownerOf(db: Db, guid: string): Promise<DeploymentKey | null> {
  const row = await db
    .selectFrom('spin_ups as p')
    .innerJoin('deployments as d', 'd.id', 'p.deployment_id')
    .select(['d.id', 'd.project_id', 'd.name'])
    .where('p.agent_guid', '=', guid)
    .where('d.removed_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : { id: row.id, projectId: row.project_id, name: row.name };
}

const AS_IT_SHOULD_BE = ['available', 'paused', 'drained', 'finished'] as const;

async function listHolders(db: Db, { after, limit }: Parameters<DeploymentLedger['listHolders']>[0]): Promise<readonly DeploymentHolder[]> {
  let query = db
    .selectFrom('deployments as d')
    .select(['d.id', 'd.project_id', 'd.name'])
    .select((from) =>
      from
        .or([
          from('d.phase', 'not in', AS_IT_SHOULD_BE),
          from('d.removing', '=', true),
          from.exists(
            from
              .selectFrom('deployment_replicas as r')
              .innerJoin('spin_ups as p', 'p.id', 'r.spin_up_id')
              .leftJoin('sessions as s', 's.guid', 'p.agent_guid')
              .select('r.index')
              .whereRef('r.deployment_id', '=', 'd.id')
              .where((replica) =>
                replica.or([replica('s.state', 'is', null), replica('s.state', 'not in', ['free', 'busy']), replica('r.stop_reason', 'is not', null)]),
              ),
          ),
        ])
        .as('unsettled'),
    )
    .where('d.removed_at', 'is', null);
  if (after !== null) query = query.where('d.id', '>', after);
  const rows = await query.orderBy('d.id').limit(limit).execute();
  return rows.map(({ id, project_id: projectId, name, unsettled }) => ({ id, projectId, name, unsettled: Boolean(unsettled) }));
}
