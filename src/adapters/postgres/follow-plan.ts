import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Updateable } from 'kysely';
import type { DeploymentAction } from '../../domain/deployments/plan.ts';
import type { Tx } from './database.ts';
import type { eventsOf } from './deployment-events.ts';
import { endMessageOf, endOf } from './deployment-rows.ts';
import type { ReplicaRow } from './deployment-rows.ts';
import type { DeploymentRow } from './deployment-tables.ts';
import { boundedText } from './json.ts';
import type { Tables } from './tables.ts';

// A start waits for room for so long; the plan moves it when another target has some.
const ROOM_WAIT = sql<Date>`now() + interval '1 day'`;
const LAST_END_CHARS_MAX = 1024;

interface Work {
  readonly row: DeploymentRow;
  readonly replicas: readonly ReplicaRow[];
  readonly actions: readonly DeploymentAction[];
  readonly startTimeoutMs: number;
}

type Tell = ReturnType<typeof eventsOf>;
type Action<K extends DeploymentAction['kind']> = Extract<DeploymentAction, { kind: K }>;

/** Writes what a plan says, under the deployment's lock. `hasFreed`: a replica lost its start, and can be given another. */
export async function followPlan(tx: Tx, work: Work, tell: Tell): Promise<{ hasFreed: boolean }> {
  const byIndex = new Map(work.replicas.map((replica) => [replica.index, replica]));
  let hasFreed = false;
  for (const action of work.actions) {
    const replica = byIndex.get(action.index);
    switch (action.kind) {
      case 'start':
        await start(tx, { ...work, action }, tell);
        break;
      case 'settle':
        if (replica !== undefined) await settle(tx, { replica, action }, tell);
        break;
      case 'stop':
        hasFreed = (replica !== undefined && (await stop(tx, { replica, action }, tell))) || hasFreed;
        break;
      case 'forgive':
        await setReplica(tx, { deployment_id: work.row.id, index: action.index }, { failures: 0 });
        break;
      case 'forget':
        await tx.deleteFrom('deployment_replicas').where('deployment_id', '=', work.row.id).where('index', '=', action.index).execute();
    }
  }
  return { hasFreed };
}

/** A request for a start, which `grantSlots` serves like any other. */
async function start(tx: Tx, { row, action, startTimeoutMs }: Work & { action: Action<'start'> }, tell: Tell): Promise<void> {
  const { index, targetId, fresh } = action;
  const id = randomUUID();
  await tx
    .insertInto('spin_ups')
    .values({
      id,
      project_id: row.project_id,
      target_id: targetId,
      requested_by: `deployment:${row.name}`,
      timeout_at: ROOM_WAIT,
      start_timeout_ms: startTimeoutMs,
      deployment_id: row.id,
      task: row.spec.task,
    })
    .execute();
  const given = { revision: row.revision, target_id: targetId, spin_up_id: id, not_before: null, finished: false };
  await tx
    .insertInto('deployment_replicas')
    .values({ deployment_id: row.id, index, ...given })
    .onConflict((conflict) => conflict.columns(['deployment_id', 'index']).doUpdateSet({ ...given, ...(fresh ? { failures: 0 } : {}) }))
    .execute();
  await tell('deployment:replica-starting', { index, targetId, operationId: id, revision: row.revision });
}

async function settle(tx: Tx, { replica, action }: { replica: ReplicaRow; action: Action<'settle'> }, tell: Tell): Promise<void> {
  const { index, failures, notBeforeMs, finished } = action;
  const how = endOf(replica)?.how ?? null;
  const message = boundedText(endMessageOf(replica), LAST_END_CHARS_MAX);
  const isRestarted = how !== 'asked' && how !== 'no-room' && !finished;
  const notBefore = notBeforeMs === null ? null : new Date(notBeforeMs);
  const restarts = replica.restarts + (isRestarted ? 1 : 0);
  await setReplica(tx, replica, { spin_up_id: null, stop_reason: null, failures, finished, not_before: notBefore, last_end: message, restarts });
  await tell('deployment:replica-ended', {
    index,
    agentGuid: replica.agent_guid,
    how,
    message,
    failures,
    finished,
    notBefore: notBefore?.toISOString() ?? null,
  });
}

/**
 * A request that still waits is taken back; true then. An agent leaves now or, while it has an item, when that has ended. One
 * that is granted at this very moment is met by the next look.
 */
async function stop(tx: Tx, { replica, action }: { replica: ReplicaRow; action: Action<'stop'> }, tell: Tell): Promise<boolean> {
  const { index, spin_up_id: spinUpId, agent_guid: guid } = replica;
  if (guid === null) {
    const waiting = await tx
      .selectFrom('spin_ups')
      .select('id')
      .where('id', '=', spinUpId)
      .where('status', '=', 'pending')
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (waiting === undefined) return true;
    await setReplica(tx, replica, { spin_up_id: null });
    await tx.deleteFrom('spin_ups').where('id', '=', waiting.id).execute();
    await tell('deployment:replica-ended', { index, agentGuid: null, how: 'asked', message: action.reason });
    return true;
  }
  const leaving = await tx
    .updateTable('sessions')
    .set({
      state: sql`CASE WHEN work_id IS NULL THEN 'draining' ELSE state END`,
      free_since: null,
      retire_when_free: true,
      updated_at: sql<Date>`now()`,
    })
    .where('guid', '=', guid)
    .where('state', 'in', ['starting', 'free', 'busy'])
    .returning('work_id')
    .executeTakeFirst();
  await setReplica(tx, replica, { stop_reason: action.reason });
  await tell('deployment:replica-stopping', { index, agentGuid: guid, reason: action.reason, afterWork: leaving?.work_id ?? null });
  return false;
}

type Which = Pick<ReplicaRow, 'deployment_id' | 'index'>;

async function setReplica(tx: Tx, { deployment_id: deploymentId, index }: Which, change: Updateable<Tables['deployment_replicas']>): Promise<void> {
  await tx.updateTable('deployment_replicas').set(change).where('deployment_id', '=', deploymentId).where('index', '=', index).execute();
}
