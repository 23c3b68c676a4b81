import { sql } from 'kysely';
import { plan } from '../../domain/deployments/plan.ts';
import type { Plan } from '../../domain/deployments/plan.ts';
import { conditionsOf, statusOf } from '../../domain/deployments/status.ts';
import type { DeploymentStatus } from '../../domain/deployments/deployment.ts';
import { usableTargets } from '../../domain/deployments/usable-targets.ts';
import type { DeploymentRound } from '../../ports/ledger/deployment-ledger.ts';
import type { Tx } from './database.ts';
import { followPlan } from './follow-plan.ts';
import { eventsOf } from './deployment-events.ts';
import { readReplicas, toPlanFacts, toStatusFacts } from './deployment-rows.ts';
import type { ReplicaRow } from './deployment-rows.ts';
import type { DeploymentRow } from './deployment-tables.ts';
import { readNamedTargets } from './deployment-targets.ts';
import { readHeld } from './hold-ledger.ts';
import { toJson } from './json.ts';
import { readClock } from './read-clock.ts';

const REMOVED: DeploymentRound = { removed: true, summary: 'Removed.', stop: [], hasStarts: false, lookAgainInMs: null };
// What was stopped without an agent is started elsewhere in another look.
const AT_ONCE_MS = 1;

/** See `DeploymentLedger.keep`. */
export async function keepDeployment(tx: Tx, id: string, bounds: { startTimeoutMs: number }): Promise<DeploymentRound> {
  const row = await tx.selectFrom('deployments').selectAll().where('id', '=', id).where('removed_at', 'is', null).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return REMOVED;
  const nowMs = await readClock(tx);
  const { targets, problems } = usableTargets(row.spec, await readNamedTargets(tx, row.project_id, row.spec.targets));
  const replicas = await readReplicas(tx, [id]);
  const { held, because } = await readHeld(tx, row.project_id);
  const made = plan(toPlanFacts({ ...row, held }, { replicas, targets }), nowMs);
  const tell = eventsOf(tx, row);
  const { hasFreed } = await followPlan(tx, { row, replicas, actions: made.actions, ...bounds }, tell);
  const left = await readReplicas(tx, [id]);
  if (row.removing && left.length === 0) {
    await tx
      .updateTable('deployments')
      .set({ removed_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute();
    await tell('deployment:removed', {});
    return REMOVED;
  }
  const status = await writeStatus(tx, { row, held, because, left, made, why: problems.join(' ') || 'No target can be used.', nowMs }, tell);
  return {
    removed: false,
    // The workflow's own summary is lost when it begins a new run.
    summary: `Deployment ${row.name} of ${row.project_id}, ${summaryOf(status)}`,
    stop: left.flatMap(toStop),
    hasStarts: left.some((replica) => replica.start_status === 'pending'),
    lookAgainInMs: hasFreed ? AT_ONCE_MS : waitUntil(made.lookAgainAtMs, nowMs),
  };
}

interface Looked {
  readonly row: DeploymentRow;
  readonly held: DeploymentRow['held'];
  /** Who holds it up, and why. */
  readonly because: string | null;
  readonly left: readonly ReplicaRow[];
  readonly made: Plan;
  /** Why starts found no target, if they did not. */
  readonly why: string;
  readonly nowMs: number;
}

/** Written only when it says something new. */
async function writeStatus(tx: Tx, { row, held, because, left, made, why, nowMs }: Looked, tell: ReturnType<typeof eventsOf>): Promise<DeploymentStatus> {
  const unplaced = made.unplaced > 0;
  const facts = toStatusFacts({ ...row, held }, left, !unplaced);
  const status = statusOf(facts);
  const now = new Date(nowMs).toISOString();
  const conditions = conditionsOf(facts, { before: row.conditions, unplaced: unplaced ? why : null, heldBecause: because, now });
  const isNew =
    toJson(conditions) !==
    toJson(row.conditions.map(({ type, status: said, reason, message, lastTransitionAt }) => ({ type, status: said, reason, message, lastTransitionAt })));
  if (isNew || status.phase !== row.phase || held !== row.held || unplaced !== row.unplaced) {
    await tx
      .updateTable('deployments')
      .set({ conditions: toJson(conditions), phase: status.phase, held, unplaced })
      .where('id', '=', row.id)
      .execute();
  }
  if (status.phase !== row.phase)
    await tell('deployment:phase-changed', { previousPhase: row.phase, newPhase: status.phase, ready: status.ready, desired: status.desired });
  return status;
}

function toStop({ agent_guid: guid, stop_reason: reason, state, end_cause: cause }: ReplicaRow): DeploymentRound['stop'] {
  return guid !== null && reason !== null && state === 'draining' && cause === null ? [{ guid, reason }] : [];
}

function waitUntil(momentMs: number | null, nowMs: number): number | null {
  return momentMs === null ? null : Math.max(1, Math.ceil(momentMs - nowMs));
}

function summaryOf({ phase, ready, desired, starting, draining }: DeploymentStatus): string {
  return `${phase}: ${String(ready)} of ${String(desired)} replicas ready, ${String(starting)} starting, ${String(draining)} on their way out.`;
}
