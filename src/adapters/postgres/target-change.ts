import { WeftError } from '../../domain/errors.ts';
import type { Author } from '../../domain/access/actor.ts';
import type { AuditAction } from '../../domain/access/audit.ts';
import type { EventName } from '../../domain/events/event.ts';
import { maskConfig } from '../../domain/targets/mask-config.ts';
import type { Target } from '../../domain/targets/target.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { selectTargets } from './select-targets.ts';
import type { TargetRow } from './tables.ts';
import { toTarget } from './to-target.ts';
import { writeAudit } from './write-audit.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What happened to a target. */
export interface TargetEvent {
  readonly type: EventName;
  readonly data: Facts;
}

/** Says what has changed of a target, in this order. Call it once under the row's lock, with the row as it was locked: it makes the events' keys. */
export async function tellTarget(tx: Tx, row: TargetRow, ...events: readonly TargetEvent[]): Promise<void> {
  for (const [index, { type, data }] of events.entries()) {
    await appendEvent(tx, {
      key: `target:${row.id}:${type}:${String(row.event_seq + 1 + index)}`,
      entityType: 'target',
      entityId: row.id,
      projectId: row.project_id,
      type,
      data: { targetId: row.id, targetName: row.name, ...data },
    });
  }
}

export async function auditTarget(
  tx: Tx,
  author: Author,
  change: { row: TargetRow; action: AuditAction; before: Facts | null; after: Facts | null },
): Promise<void> {
  const { row, action, before, after } = change;
  await writeAudit(tx, author, { action, entityType: 'target', entityId: row.id, projectId: row.project_id, before, after });
}

/** What the audit keeps of a target: neither secrets nor free text. */
export function auditFacts({ name, agentType, capabilities, boundaries, mechanism, config, limits, tags }: Target): Facts {
  return { name, agentType, capabilities, boundaries, mechanism, config: maskConfig(config), limits, tags };
}

/** The target as it is within the transaction. */
export async function rereadTarget(tx: Tx, id: Target['id']): Promise<Target> {
  const row = await selectTargets(tx).where('t.id', '=', id).executeTakeFirst();
  if (row === undefined) throw new WeftError('INTERNAL', `The target ${id} has vanished under its lock.`);
  return toTarget(row);
}
