import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { ProbeResult } from '../../domain/targets/probe.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { Tx } from './database.ts';
import { cleanText } from './json.ts';
import { lockTargetById } from './select-targets.ts';
import type { TargetRow } from './tables.ts';
import { auditTarget, rereadTarget, tellTarget } from './target-change.ts';

interface Health {
  readonly status: Target['healthStatus'];
  readonly error: string | null;
}

/** See `TargetLedger.recordHealth`. */
export async function recordHealth(tx: Tx, { id, result }: { id: string; result: ProbeResult }, author: Author): Promise<Target | null> {
  const locked = await lockTargetById(tx, id);
  if (locked === null) return null;
  const { row } = locked;
  const found: Health = result.healthy ? { status: 'healthy', error: null } : { status: 'unhealthy', error: cleanText(result.error) };
  await tx
    .updateTable('targets')
    .set({ health_status: found.status, last_error: found.error, last_health_check: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
  await tellHealth(tx, row, found);
  await auditTarget(tx, author, { row, action: 'target.test', before: { healthStatus: row.health_status }, after: { healthStatus: found.status } });
  return rereadTarget(tx, id);
}

/** Only a change is an event; `row` is the row before it. */
export async function tellHealth(tx: Tx, row: TargetRow, { status, error }: Health): Promise<void> {
  if (row.health_status === status) return;
  await tellTarget(tx, row, {
    type: 'target:health-changed',
    data: { previousHealth: row.health_status, newHealth: status, ...(error === null ? {} : { error }) },
  });
}
