import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import { CLOSED_BREAKER } from '../../domain/targets/breaker.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { TargetRef } from '../../ports/ledger/target-ledger.ts';
import type { Tx } from './database.ts';
import { healthEvents } from './health-events.ts';
import { boundedText } from './json.ts';
import { lockTarget } from './select-targets.ts';
import { breakerEvents, closedColumns, toBreaker } from './target-breaker.ts';
import { present } from './to-work-item.ts';
import { auditFacts, auditTarget, rereadTarget, tellTarget } from './target-change.ts';

const REASON_CHARS_MAX = 1024;

interface Switched {
  readonly target: Target;
  readonly changed: boolean;
}

/** See `TargetLedger.disable`. */
export async function disableTarget(
  tx: Tx,
  { ref, reason, draining }: { ref: TargetRef; reason: string | null; draining: boolean },
  author: Author,
): Promise<Switched | null> {
  const locked = await lockTarget(tx, ref);
  if (locked === null) return null;
  const { row, target: before } = locked;
  if (row.disabled_at !== null && (row.draining || !draining)) return { target: before, changed: false };
  const why = reason === null ? null : boundedText(reason, REASON_CHARS_MAX);
  await tx
    .updateTable('targets')
    .set({ disabled_at: sql<Date>`now()`, disabled_reason: why, draining, version: row.version + 1, updated_at: sql<Date>`now()` })
    .where('id', '=', row.id)
    .execute();
  await tellTarget(tx, row, { type: 'target:disabled', data: { ...present({ reason: why }), ...(draining ? { draining } : {}) } });
  await auditTarget(tx, author, {
    row,
    action: draining ? 'target.drain' : 'target.disable',
    before: { status: before.status },
    after: { status: 'disabled' },
  });
  return { target: await rereadTarget(tx, row.id), changed: true };
}

/** See `TargetLedger.enable`. */
export async function enableTarget(tx: Tx, ref: TargetRef, author: Author): Promise<Switched | null> {
  const locked = await lockTarget(tx, ref);
  if (locked === null) return null;
  const { row, target: before } = locked;
  const doubted = row.breaker_state !== 'closed' || row.health_status === 'unhealthy';
  if (row.disabled_at === null && !doubted) return { target: before, changed: false };
  const health = doubted ? ({ status: 'unknown', error: null } as const) : { status: row.health_status, error: row.last_error };
  await tx
    .updateTable('targets')
    .set({
      ...{ disabled_at: null, disabled_reason: null, draining: false, version: row.version + 1, updated_at: sql<Date>`now()` },
      ...{ health_status: health.status, last_error: health.error },
      ...closedColumns(),
    })
    .where('id', '=', row.id)
    .execute();
  const target = await rereadTarget(tx, row.id);
  const forgotten = [...healthEvents(row, health), ...breakerEvents(toBreaker(row), CLOSED_BREAKER)];
  await tellTarget(tx, row, { type: 'target:updated', data: { previousStatus: before.status, newStatus: target.status } }, ...forgotten);
  await auditTarget(tx, author, { row, action: 'target.enable', before: { status: before.status }, after: { status: target.status } });
  return { target, changed: true };
}

/** See `TargetLedger.remove`. */
export async function removeTarget(tx: Tx, ref: TargetRef, author: Author): Promise<Target | null> {
  const locked = await lockTarget(tx, ref);
  if (locked === null) return null;
  const { row, target } = locked;
  await tx
    .updateTable('targets')
    .set({ removed_at: sql<Date>`now()`, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute();
  await tellTarget(tx, row, { type: 'target:removed', data: {} });
  await auditTarget(tx, author, { row, action: 'target.remove', before: auditFacts(target), after: null });
  return target;
}
