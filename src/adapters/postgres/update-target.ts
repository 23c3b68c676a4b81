import { sql } from 'kysely';
import type { Updateable } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import { WeftError } from '../../domain/errors.ts';
import { CLOSED_BREAKER } from '../../domain/targets/breaker.ts';
import { maskConfig } from '../../domain/targets/mask-config.ts';
import { hostOf } from '../../domain/targets/mechanism-config.ts';
import type { Target, TargetUpdate } from '../../domain/targets/target.ts';
import { updateTarget } from '../../domain/targets/update-target.ts';
import type { TargetChanges } from '../../domain/targets/update-target.ts';
import type { TargetRef } from '../../ports/ledger/target-ledger.ts';
import type { Tx } from './database.ts';
import { healthEvents } from './health-events.ts';
import { cleanText, toJson } from './json.ts';
import { lockTarget } from './select-targets.ts';
import type { Tables, TargetRow } from './tables.ts';
import { breakerEvents, closedColumns, toBreaker } from './target-breaker.ts';
import { auditTarget, rereadTarget, tellTarget } from './target-change.ts';

/** See `TargetLedger.update`. */
export async function writeTargetUpdate(tx: Tx, { ref, update }: { ref: TargetRef; update: TargetUpdate }, author: Author): Promise<Target | null> {
  const locked = await lockTarget(tx, ref);
  if (locked === null) return null;
  const { row, target: before } = locked;
  if (update.version !== undefined && update.version !== row.version) throw staleVersion(row, update.version);
  const changes = updateTarget(before, update);
  if (Object.keys(changes).length === 0) return before;
  await tx
    .updateTable('targets')
    .set({ ...columnsOf(changes, row), version: row.version + 1, updated_at: sql<Date>`now()` })
    .where('id', '=', row.id)
    .execute();
  const target = await rereadTarget(tx, row.id);
  const forgotten =
    changes.config === undefined ? [] : [...healthEvents(row, { status: 'unknown', error: null }), ...breakerEvents(toBreaker(row), CLOSED_BREAKER)];
  await tellTarget(tx, row, { type: 'target:updated', data: { previousStatus: before.status, newStatus: target.status } }, ...forgotten);
  await auditTarget(tx, author, { row, action: 'target.update', before: changedFacts(before, changes), after: changedFacts(target, changes) });
  return target;
}

function staleVersion(row: TargetRow, version: number): WeftError {
  return new WeftError('CONFLICT', `The target "${row.name}" has version ${String(row.version)} by now, not ${String(version)}; read it again.`, {
    details: { version: row.version },
  });
}

function columnsOf(changes: TargetChanges, row: TargetRow): Updateable<Tables['targets']> {
  const { description, capabilities, boundaries, tags, limits, healthCheck, config } = changes;
  return {
    ...(description === undefined ? {} : { description: cleanText(description) }),
    ...(capabilities === undefined ? {} : { capabilities: [...capabilities] }),
    ...(boundaries === undefined ? {} : { boundaries: [...boundaries] }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
    ...(limits === undefined ? {} : { limits: toJson(limits), agents_max: limits.agentsMax }),
    ...(healthCheck === undefined ? {} : { health_check: toJson(healthCheck) }),
    ...(config === undefined ? {} : configColumns(config, row)),
  };
}

// What was found of the old configuration says nothing about the new one.
function configColumns({ sent, inner }: NonNullable<TargetChanges['config']>, row: TargetRow): Updateable<Tables['targets']> {
  const forgotten = { health_status: 'unknown', last_error: null, ...closedColumns() } as const;
  return { config: toJson(sent), mechanism_config: toJson(inner), host_id: hostOf(inner, row.host_id), ...forgotten };
}

/** The changed fields as the audit may keep them. */
function changedFacts(target: Target, changes: TargetChanges): Record<string, unknown> {
  const { description: _description, ...kept } = changes;
  const facts = Object.keys(kept).map((name): [string, unknown] => [name, name === 'config' ? maskConfig(target.config) : target[name as keyof typeof kept]]);
  return { ...Object.fromEntries(facts), version: target.version };
}
