import { sql } from 'kysely';
import type { Updateable } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { Deployment, DeploymentUpdate } from '../../domain/deployments/deployment.ts';
import { updateDeployment } from '../../domain/deployments/update-deployment.ts';
import { WeftError } from '../../domain/errors.ts';
import type { EventName } from '../../domain/events/event.ts';
import type { DeploymentRef, DeploymentSwitch } from '../../ports/ledger/deployment-ledger.ts';
import type { Tx } from './database.ts';
import { auditDeployment, eventsOf } from './deployment-events.ts';
import type { DeploymentRow } from './deployment-tables.ts';
import { requireTargets } from './deployment-targets.ts';
import { cleanText, toJson } from './json.ts';
import { findDeploymentById, lockDeployment } from './select-deployments.ts';
import type { Tables } from './tables.ts';

/** See `DeploymentLedger.update`. */
export async function changeDeployment(tx: Tx, { ref, update }: { ref: DeploymentRef; update: DeploymentUpdate }, author: Author): Promise<Deployment | null> {
  const row = await lockDeployment(tx, ref);
  if (row === null) return null;
  requireVersion(row, update.version);
  requireStays(row);
  const { spec, isNewRevision } = updateDeployment(row.spec, update);
  if (update.targets !== undefined || update.needs !== undefined) await requireTargets(tx, row.project_id, spec);
  const { version: _version, description, ...wanted } = update;
  if (description === undefined && Object.keys(wanted).length === 0) return findDeploymentById(tx, row.id);
  const revision = row.revision + (isNewRevision ? 1 : 0);
  await write(tx, row, { spec: toJson(spec), revision, ...(description === undefined ? {} : { description: cleanText(description) }) });
  const changed = Object.keys(wanted) as (keyof typeof wanted)[];
  await eventsOf(tx, row)('deployment:updated', { changed, revision, replicas: spec.replicas });
  const factsOf = (from: DeploymentRow['spec']): Record<string, unknown> => Object.fromEntries(changed.map((name) => [name, from[name]]));
  await auditDeployment(tx, author, { row, action: 'deployment.update', before: factsOf(row.spec), after: { ...factsOf(spec), revision } });
  return findDeploymentById(tx, row.id);
}

type Columns = Updateable<Tables['deployments']>;

/** What a switch sets, and how it is told; nothing is set by a repeat. */
const SWITCHES: Readonly<Record<DeploymentSwitch, { readonly event: EventName; readonly set: (row: DeploymentRow) => Columns }>> = {
  pause: { event: 'deployment:paused', set: ({ paused }) => (paused ? {} : { paused: true }) },
  resume: { event: 'deployment:resumed', set: ({ paused, draining }) => (paused || draining ? { paused: false, draining: false } : {}) },
  restart: { event: 'deployment:restarted', set: ({ revision }) => ({ revision: revision + 1 }) },
  drain: { event: 'deployment:draining', set: ({ draining }) => (draining ? {} : { draining: true }) },
  remove: { event: 'deployment:removing', set: ({ removing }) => (removing ? {} : { removing: true }) },
};

/** See `DeploymentLedger.turn`. */
export async function turnDeployment(tx: Tx, { ref, to }: { ref: DeploymentRef; to: DeploymentSwitch }, author: Author): Promise<Deployment | null> {
  const row = await lockDeployment(tx, ref);
  if (row === null) return null;
  if (to !== 'remove') requireStays(row);
  const { event, set } = SWITCHES[to];
  const columns = set(row);
  if (Object.keys(columns).length === 0) return findDeploymentById(tx, row.id);
  await write(tx, row, columns);
  await eventsOf(tx, row)(event, { ...columns });
  const before = Object.fromEntries(Object.keys(columns).map((name) => [name, row[name as keyof DeploymentRow]]));
  await auditDeployment(tx, author, { row, action: `deployment.${to}`, before, after: to === 'remove' ? null : columns });
  return findDeploymentById(tx, row.id);
}

async function write(tx: Tx, row: DeploymentRow, columns: Columns): Promise<void> {
  await tx
    .updateTable('deployments')
    .set({ ...columns, version: row.version + 1, updated_at: sql<Date>`now()` })
    .where('id', '=', row.id)
    .execute();
}

function requireVersion({ name, version: present }: DeploymentRow, version: number | undefined): void {
  if (version === undefined || version === present) return;
  throw new WeftError('CONFLICT', `The deployment "${name}" has version ${String(present)} by now, not ${String(version)}; read it again.`, {
    details: { version: present },
  });
}

function requireStays({ name, removing }: DeploymentRow): void {
  if (removing) throw new WeftError('CONFLICT', `The deployment "${name}" is being removed.`);
}
