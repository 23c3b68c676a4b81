import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import { reportToBreaker } from '../../domain/targets/breaker.ts';
import type { ProbeResult } from '../../domain/targets/probe.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { Tx } from './database.ts';
import { healthEvents } from './health-events.ts';
import type { Health } from './health-events.ts';
import { cleanText } from './json.ts';
import { readClock } from './read-clock.ts';
import { lockTargetById } from './select-targets.ts';
import type { TargetRow } from './tables.ts';
import { toBreaker, writeBreaker } from './target-breaker.ts';
import { auditTarget } from './target-change.ts';

/** See `TargetLedger.recordHealth`. */
export async function recordHealth(tx: Tx, { id, result }: { id: string; result: ProbeResult }, author: Author): Promise<Target | null> {
  const locked = await lockTargetById(tx, id);
  if (locked === null) return null;
  const { row } = locked;
  const target = await writeHealth(tx, locked, result);
  const after = { healthStatus: target.healthStatus };
  await auditTarget(tx, author, { row, action: 'target.test', before: { healthStatus: row.health_status }, after });
  return target;
}

/** What a check found, for the target's health and its breaker. */
export async function writeHealth(tx: Tx, { row, target }: { row: TargetRow; target: Target }, result: ProbeResult): Promise<Target> {
  const found: Health = result.healthy ? { status: 'healthy', error: null } : { status: 'unhealthy', error: cleanText(result.error) };
  await tx
    .updateTable('targets')
    .set({ health_status: found.status, last_error: found.error, last_health_check: sql<Date>`now()` })
    .where('id', '=', row.id)
    .execute();
  const report = result.healthy
    ? ({ kind: 'check-passed', news: row.health_status !== 'healthy' } as const)
    : ({ kind: 'check-failed', error: result.error } as const);
  const breaker = reportToBreaker(toBreaker(row), report, await readClock(tx));
  return writeBreaker(tx, { row, before: target.status, breaker, events: healthEvents(row, found) });
}
