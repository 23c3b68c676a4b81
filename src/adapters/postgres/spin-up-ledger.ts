import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import { WeftError } from '../../domain/errors.ts';
import type { TargetId } from '../../domain/ids.ts';
import type { SpinUpId, TrackedSpinUp } from '../../domain/spin-ups/spin-up.ts';
import { requireStartable } from '../../domain/spin-ups/require-startable.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { Page, PageFrom, PageRequest } from '../../ports/ledger/page.ts';
import type { NewSpinUp, SpinUpLedger, SpinUpPosition } from '../../ports/ledger/spin-up-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Database, Db, Tx } from './database.ts';
import { boundedText } from './json.ts';
import { readPage } from './read-page.ts';
import { findTarget } from './select-targets.ts';
import { toTrackedSpinUp } from './to-spin-up.ts';
import { writeAudit } from './write-audit.ts';

// One that was in flight may end between the two looks at it; not time and again.
const TRIES_MAX = 3;

/** Starts of agents that somebody asked for. */
export function createSpinUpLedger(database: Database): SpinUpLedger {
  return {
    request: (spinUp, author) => database.transact((tx) => request(tx, spinUp, author)),
    find: (id) => database.read((db) => find(db, id)),
    list: (filter, page) => list(database, filter, page),
  };
}

async function request(tx: Tx, spinUp: NewSpinUp, author: Author): Promise<TrackedSpinUp> {
  const target = await findTarget(tx, { idOrName: spinUp.target, first: spinUp.projectId, projects: [spinUp.projectId] });
  if (target === null) throw new WeftError('NOT_FOUND', `There is no target ${spinUp.target.slice(0, 128)}.`);
  requireStartable(target);
  for (let count = 0; count < TRIES_MAX; count++) {
    if (await insert(tx, { spinUp, target, author })) return requireSpinUp(tx, spinUp.id);
    const inFlight = await findInFlight(tx, target.id);
    if (inFlight !== undefined) return requireSpinUp(tx, inFlight);
  }
  throw new WeftError('LEDGER_UNAVAILABLE', `The spin-ups of the target "${target.name}" change too fast; try again.`);
}

/** False when one of the same target is in flight. */
async function insert(tx: Tx, { spinUp, target, author }: { spinUp: NewSpinUp; target: Target; author: Author }): Promise<boolean> {
  const { id, timeoutMs } = spinUp;
  const { projectId } = target;
  const inserted = await tx
    .insertInto('spin_ups')
    .values({
      id,
      project_id: projectId,
      target_id: target.id,
      requested_by: boundedText(author.name, 128),
      timeout_at: sql<Date>`now() + make_interval(secs => ${timeoutMs / 1000})`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) return false;
  const facts = { operationId: id, targetId: target.id, targetName: target.name };
  await appendEvent(tx, {
    key: `spin-up:${id}:triggered`,
    entityType: 'target',
    entityId: target.id,
    projectId,
    type: 'spin-up:triggered',
    data: { ...facts, ...purposeOf(target) },
  });
  await writeAudit(tx, author, { action: 'spin-up.request', entityType: 'spin-up', entityId: id, projectId, before: null, after: facts });
  return true;
}

/** It is for all that the target offers; the contract has room for one of each, and gets the first. */
function purposeOf({ agentType, capabilities, boundaries }: Target) {
  return { targetAgentType: agentType, capability: capabilities[0] ?? '', boundary: boundaries[0] ?? '', capabilities, boundaries };
}

async function findInFlight(tx: Tx, targetId: TargetId): Promise<SpinUpId | undefined> {
  const row = await tx
    .selectFrom('spin_ups')
    .select('id')
    .where('target_id', '=', targetId)
    .where('status', 'in', ['pending', 'in-progress'])
    .where('deployment_id', 'is', null)
    .executeTakeFirst();
  return row?.id;
}

async function requireSpinUp(tx: Tx, id: SpinUpId): Promise<TrackedSpinUp> {
  return toTrackedSpinUp(await selectSpinUps(tx).where('p.id', '=', id).executeTakeFirstOrThrow());
}

async function find(db: Db, id: SpinUpId): Promise<TrackedSpinUp | null> {
  const row = await selectSpinUps(db).where('p.id', '=', id).executeTakeFirst();
  return row === undefined ? null : toTrackedSpinUp(row);
}

async function list(database: Database, filter: Parameters<SpinUpLedger['list']>[0], page: PageRequest<SpinUpPosition>): Promise<Page<TrackedSpinUp>> {
  const { rows, ...ends } = await readPage(page, (limit) =>
    database.read((db) => {
      let query = selectSpinUps(db).where('p.project_id', '=', filter.projectId);
      if (filter.targetId !== undefined) query = query.where('p.target_id', '=', filter.targetId);
      if (page.from !== null) query = query.where(isBeyond(page.from));
      const order = page.from?.direction === 'before' ? 'asc' : 'desc';
      return query.orderBy('p.requested_at', order).orderBy('p.id', order).limit(limit).execute();
    }),
  );
  return { ...ends, items: rows.map(toTrackedSpinUp) };
}

/** The newest stand first. */
function isBeyond({ direction, position: { requestedAt, id } }: PageFrom<SpinUpPosition>): ReturnType<typeof sql<boolean>> {
  return direction === 'after'
    ? sql<boolean>`(p.requested_at, p.id) < (${requestedAt}::timestamptz, ${id}::uuid)`
    : sql<boolean>`(p.requested_at, p.id) > (${requestedAt}::timestamptz, ${id}::uuid)`;
}

function selectSpinUps(db: Db) {
  return db
    .selectFrom('spin_ups as p')
    .innerJoin('targets as t', 't.id', 'p.target_id')
    .leftJoin('sessions as s', 's.guid', 'p.agent_guid')
    .selectAll('p')
    .select(['t.name as target_name', 't.capabilities', 's.handle']);
}
