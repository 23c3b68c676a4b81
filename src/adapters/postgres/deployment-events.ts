import type { Author } from '../../domain/access/actor.ts';
import type { AuditAction } from '../../domain/access/audit.ts';
import type { EventName } from '../../domain/events/event.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import type { DeploymentRow } from './deployment-tables.ts';
import { writeAudit } from './write-audit.ts';

type Facts = Readonly<Record<string, unknown>>;

/** Says what happens to a deployment, in order. Make it under the row's lock, with the row as it was locked: its number makes the events' keys. */
export function eventsOf(tx: Tx, row: DeploymentRow): (type: EventName, data: Facts) => Promise<void> {
  let seq = row.event_seq;
  return async (type, data) => {
    seq += 1;
    await appendEvent(tx, {
      key: `deployment:${row.id}:${String(seq)}:${type}`,
      entityType: 'deployment',
      entityId: row.id,
      projectId: row.project_id,
      type,
      data: { deploymentId: row.id, deploymentName: row.name, ...data },
    });
  };
}

export async function auditDeployment(
  tx: Tx,
  author: Author,
  change: { row: Pick<DeploymentRow, 'id' | 'project_id'>; action: AuditAction; before: Facts | null; after: Facts | null },
): Promise<void> {
  const { row, action, before, after } = change;
  await writeAudit(tx, author, { action, entityType: 'deployment', entityId: row.id, projectId: row.project_id, before, after });
}
