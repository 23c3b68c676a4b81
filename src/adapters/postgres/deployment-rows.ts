import { sql } from 'kysely';
import type { SessionEnd } from '../../domain/agents/session-end.ts';
import type { Deployment, DeploymentId, DeploymentReplica, ReplicaState } from '../../domain/deployments/deployment.ts';
import type { PlanFacts, ReplicaEnd, ReplicaFacts } from '../../domain/deployments/plan.ts';
import { statusOf } from '../../domain/deployments/status.ts';
import type { StatusFacts } from '../../domain/deployments/status.ts';
import type { SpinUpStatus } from '../../domain/spin-ups/spin-up.ts';
import type { Db } from './database.ts';
import type { DeploymentReplicaRow, DeploymentRow } from './deployment-tables.ts';
import type { SessionRow } from './tables.ts';
import { present } from './to-work-item.ts';

type SessionColumn = 'state' | 'end_cause' | 'end_message' | 'exit_failed' | 'registered_at' | 'shutdown_requested_at' | 'work_id';

/** A replica with the start that runs for it, and the session of that. */
export type ReplicaRow = DeploymentReplicaRow & { readonly [K in SessionColumn]: SessionRow[K] | null } & {
  readonly start_status: SpinUpStatus | null;
  readonly start_error: string | null;
  readonly start_completed_at: Date | null;
  readonly agent_guid: string | null;
  readonly session_updated_at: Date | null;
  readonly target_name: string | null;
  readonly target_draining: boolean | null;
};

/** In order of deployment and index. */
export async function readReplicas(db: Db, deploymentIds: readonly DeploymentId[]): Promise<readonly ReplicaRow[]> {
  if (deploymentIds.length === 0) return [];
  return db
    .selectFrom('deployment_replicas as r')
    .leftJoin('spin_ups as p', 'p.id', 'r.spin_up_id')
    .leftJoin('sessions as s', 's.guid', 'p.agent_guid')
    .leftJoin('targets as t', 't.id', 'r.target_id')
    .selectAll('r')
    .select(['p.status as start_status', 'p.error as start_error', 'p.completed_at as start_completed_at', 'p.agent_guid'])
    .select(['s.state', 's.end_cause', 's.end_message', 's.exit_failed', 's.registered_at', 's.shutdown_requested_at', 's.work_id'])
    .select(['s.updated_at as session_updated_at', 't.name as target_name', 't.draining as target_draining'])
    .where('r.deployment_id', '=', sql<string>`any(${deploymentIds}::uuid[])`)
    .orderBy('r.deployment_id')
    .orderBy('r.index')
    .execute();
}

function stateOf(row: ReplicaRow): ReplicaState {
  if (row.spin_up_id === null) return 'none';
  if (row.start_status === 'pending') return 'waiting';
  if (row.state === null || row.state === 'gone') return 'ended';
  if (row.state === 'draining' || row.stop_reason !== null || row.shutdown_requested_at !== null) return 'stopping';
  return row.state === 'starting' ? 'starting' : 'ready';
}

/** Of a replica that has ended. */
export function endOf(row: ReplicaRow): ReplicaEnd | null {
  if (stateOf(row) !== 'ended') return null;
  const endedAt = row.session_updated_at ?? row.start_completed_at ?? new Date(0);
  return { how: howEnded(row), atMs: endedAt.getTime(), readyForMs: row.registered_at === null ? 0 : endedAt.getTime() - row.registered_at.getTime() };
}

const HOW_ENDED: Readonly<Record<Exclude<SessionEnd, 'left'>, ReplicaEnd['how']>> = {
  lost: 'failed',
  'spin-up-failed': 'failed',
  'start-refused': 'no-room',
  stopped: 'interrupted',
  'terminated-by-operator': 'interrupted',
  'host-gone': 'interrupted',
};

function howEnded({ state, stop_reason: stopReason, end_cause: cause, exit_failed: exitFailed }: ReplicaRow): ReplicaEnd['how'] {
  if (stopReason !== null) return 'asked';
  if (state === null) return 'no-room';
  if (cause === 'left') return exitFailed === true ? 'failed' : 'exited';
  return cause === null ? 'interrupted' : HOW_ENDED[cause];
}

/** Why its last agent ended, or its start came to nothing. */
export function endMessageOf({ stop_reason: stopReason, end_message: message, start_error: error }: ReplicaRow): string {
  return stopReason ?? message ?? error ?? 'no reason is known';
}

function toReplicaFacts(row: ReplicaRow, { spec }: Pick<DeploymentRow, 'spec'>): ReplicaFacts {
  return {
    index: row.index,
    state: stateOf(row),
    revision: row.revision,
    targetId: row.target_id,
    onListedTarget: row.target_id === null || spec.targets.some((named) => named === row.target_id || named === row.target_name),
    onDrainedTarget: row.target_draining === true,
    working: row.work_id !== null,
    readySinceMs: stateOf(row) === 'ready' ? (row.registered_at?.getTime() ?? null) : null,
    failures: row.failures,
    notBeforeMs: row.not_before?.getTime() ?? null,
    finished: row.finished,
    end: endOf(row),
  };
}

/** What `plan` is asked; `held` is what holds it up now. */
export function toPlanFacts(
  row: Pick<DeploymentRow, 'spec' | 'draining' | 'removing' | 'revision' | 'paused' | 'held'>,
  { replicas, targets }: { readonly replicas: readonly ReplicaRow[]; readonly targets: PlanFacts['targets'] },
): PlanFacts {
  const { spec, revision, paused, held } = row;
  return { wanted: { ...spec, revision, paused, held, desired: desiredOf(row) }, targets, replicas: replicas.map((one) => toReplicaFacts(one, row)) };
}

/** How many it wants now. */
function desiredOf({ spec, draining, removing }: Pick<DeploymentRow, 'spec' | 'draining' | 'removing'>): number {
  return draining || removing ? 0 : spec.replicas;
}

export function toStatusFacts(
  row: Pick<DeploymentRow, 'spec' | 'draining' | 'removing' | 'revision' | 'paused' | 'held'>,
  replicas: readonly ReplicaRow[],
  placeable: boolean,
): StatusFacts {
  const { revision, paused, held, draining, removing } = row;
  return {
    desired: desiredOf(row),
    revision,
    paused,
    draining: draining || removing,
    held,
    placeable,
    replicas: replicas.map((replica) => ({ ...toReplicaFacts(replica, row), restarts: replica.restarts })),
  };
}

/** A deployment's row as the outside sees it; how far it is, is derived from its replicas. */
export function toDeployment(row: DeploymentRow, replicas: readonly ReplicaRow[]): Deployment {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    ...present({ description: row.description }),
    spec: row.spec,
    revision: row.revision,
    paused: row.paused,
    draining: row.draining,
    removing: row.removing,
    status: statusOf(toStatusFacts(row, replicas, !row.unplaced)),
    conditions: [...row.conditions],
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    version: row.version,
  };
}

export function toReplica(row: ReplicaRow): DeploymentReplica {
  const state = stateOf(row);
  return {
    index: row.index,
    state,
    revision: row.revision,
    restarts: row.restarts,
    failures: row.failures,
    finished: row.finished,
    ...present({
      agentGuid: row.agent_guid,
      targetId: row.target_id,
      targetName: row.target_name,
      readySince: state === 'ready' ? row.registered_at?.toISOString() : null,
      notBefore: state === 'none' && !row.finished ? row.not_before?.toISOString() : null,
      lastEnd: row.last_end,
    }),
  };
}
