import { sql } from 'kysely';
import { strongestHold, toHeld } from '../../domain/deployments/held.ts';
import { plan } from '../../domain/deployments/plan.ts';
import { usableTargets } from '../../domain/deployments/usable-targets.ts';
import type { DeploymentKey } from '../../ports/ledger/deployment-ledger.ts';
import type { Db } from './database.ts';
import { readReplicas, toPlanFacts } from './deployment-rows.ts';
import type { DeploymentRow } from './deployment-tables.ts';
import { readHolds } from './hold-ledger.ts';
import { readClock } from './read-clock.ts';
import { readTargets } from './read-snapshot.ts';

/** See `DeploymentLedger.listDue`: whether a look would do something is asked of the same `plan`, so that nobody is woken for nothing. */
export async function listDueDeployments(db: Db, limit: number): Promise<readonly DeploymentKey[]> {
  const holds = await readHolds(db);
  const waiting = await readWaiting(db, holds, limit);
  if (waiting.length === 0) return [];
  const replicas = await readReplicas(
    db,
    waiting.map(({ id }) => id),
  );
  const targets = await readTargets(db, sql<boolean>`t.project_id = any(${[...new Set(waiting.map((row) => row.project_id))]}::text[])`);
  const nowMs = await readClock(db);
  const due = waiting.filter((row) => {
    const hold = strongestHold(holds, row.project_id);
    const held = hold === null ? null : toHeld(hold);
    if (held !== row.held) return true;
    const usable = usableTargets(
      row.spec,
      targets.filter(({ projectId }) => projectId === row.project_id),
    );
    const own = replicas.filter((replica) => replica.deployment_id === row.id);
    return plan(toPlanFacts(row, { replicas: own, targets: usable.targets }), nowMs).actions.length > 0;
  });
  return due.map(({ id, project_id: projectId, name }) => ({ id, projectId, name }));
}

/** Those that may be waiting for something from outside: each for itself is found by an index, or among few rows. */
async function readWaiting(db: Db, holds: Awaited<ReturnType<typeof readHolds>>, limit: number): Promise<readonly DeploymentRow[]> {
  const everything = holds.some(({ projectId }) => projectId === null);
  const projects = holds.flatMap(({ projectId }) => projectId ?? []);
  const { rows } = await sql<DeploymentRow>`
    SELECT d.* FROM deployments d WHERE d.removed_at IS NULL AND d.id IN (
      SELECT w.id FROM deployments w WHERE w.removed_at IS NULL AND (w.unplaced OR w.held IS NOT NULL)
      UNION SELECT p.deployment_id FROM spin_ups p WHERE p.status = 'pending' AND p.deployment_id IS NOT NULL
      UNION SELECT r.deployment_id FROM deployment_replicas r JOIN targets t ON t.id = r.target_id
        WHERE t.draining AND r.spin_up_id IS NOT NULL AND r.stop_reason IS NULL
      UNION SELECT h.id FROM deployments h WHERE h.removed_at IS NULL AND h.held IS NULL AND (${everything} OR h.project_id = any(${projects}::text[])))
    ORDER BY random() LIMIT ${limit}`.execute(db);
  return rows;
}
