import { sql } from 'kysely';
import { breakerAt, CLOSED_BREAKER, reportToBreaker } from '../../domain/targets/breaker.ts';
import type { Breaker, BreakerReport } from '../../domain/targets/breaker.ts';
import type { EventName } from '../../domain/events/event.ts';
import type { TargetId } from '../../domain/ids.ts';
import type { Target } from '../../domain/targets/target.ts';
import type { Tx } from './database.ts';
import { boundedText } from './json.ts';
import { readClock } from './read-clock.ts';
import { lockTargetById } from './select-targets.ts';
import type { TargetRow } from './tables.ts';
import { rereadTarget, tellTarget } from './target-change.ts';
import type { TargetEvent } from './target-change.ts';
import { healthEvents } from './health-events.ts';

const ERROR_CHARS_MAX = 1024;
// Each is a handful of statements; those that are left come with the next round.
const HALF_OPENED_MAX = 50;

const EVENT_OF: Record<Breaker['state'], EventName> = {
  open: 'target:breaker-opened',
  'half-open': 'target:breaker-half-opened',
  closed: 'target:breaker-closed',
};

/** How a start of an agent ended. */
export type StartReport = Extract<BreakerReport, { kind: 'start-succeeded' | 'start-failed' }>;

/**
 * Tells the target's breaker how a start ended, in the transaction that records it; the caller may hold the item's and the
 * session's locks, never another target's. True when the target recovered by it, so that whoever waits is looked at again.
 */
export async function reportStart(tx: Tx, targetId: TargetId, report: StartReport): Promise<boolean> {
  // Nearly every start succeeds where nothing was wrong: that writes nothing and waits for nobody.
  if (report.kind === 'start-succeeded' && !(await isInDoubt(tx, targetId))) return false;
  const locked = await lockTargetById(tx, targetId);
  if (locked === null) return false;
  const { row, target } = locked;
  const breaker = reportToBreaker(toBreaker(row), report, await readClock(tx));
  if (report.kind === 'start-failed') {
    await tx
      .updateTable('targets')
      .set({ start_failed_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', row.id)
      .execute();
  }
  const events: TargetEvent[] = [];
  if (report.kind === 'start-succeeded' && row.health_status === 'unhealthy') {
    // What a check said is refuted by a start.
    await tx.updateTable('targets').set({ health_status: 'healthy', last_error: null }).where('id', '=', row.id).execute();
    events.push(...healthEvents(row, { status: 'healthy', error: null }));
  }
  await writeBreaker(tx, { row, before: target.status, breaker, events });
  return report.kind === 'start-succeeded';
}

async function isInDoubt(tx: Tx, targetId: TargetId): Promise<boolean> {
  const row = await tx
    .selectFrom('targets')
    .select('id')
    .where('id', '=', targetId)
    .where((or) => or.or([or('breaker_state', '<>', 'closed'), or('breaker_failures', '>', 0), or('health_status', '=', 'unhealthy')]))
    .executeTakeFirst();
  return row !== undefined;
}

/** Opens the breakers half whose time is over. Rows that somebody else has locked are passed over. */
export async function halfOpenDue(tx: Tx): Promise<void> {
  const due = await tx
    .selectFrom('targets')
    .select('id')
    .where('breaker_state', '=', sql.lit('open' as const))
    .where('breaker_until', '<=', sql<Date>`clock_timestamp()`)
    .where('removed_at', 'is', null)
    .orderBy('breaker_until')
    .limit(HALF_OPENED_MAX)
    .forNoKeyUpdate()
    .skipLocked()
    .execute();
  for (const { id } of due) {
    const locked = await lockTargetById(tx, id);
    if (locked === null) continue;
    const { row, target } = locked;
    await writeBreaker(tx, { row, before: target.status, breaker: breakerAt(toBreaker(row), await readClock(tx)) });
  }
}

interface BreakerChange {
  /** As it was locked. */
  readonly row: TargetRow;
  /** The status before the caller changed anything. */
  readonly before: Target['status'];
  readonly breaker: Breaker;
  /** What the caller has to tell first. */
  readonly events?: readonly TargetEvent[];
}

/** Writes what changed, and tells each change once: the caller's, the breaker's, and then that of the status. */
export async function writeBreaker(tx: Tx, { row, before, breaker, events = [] }: BreakerChange): Promise<Target> {
  const was = toBreaker(row);
  if (!same(was, breaker)) await tx.updateTable('targets').set(columnsOf(breaker)).where('id', '=', row.id).execute();
  const target = await rereadTarget(tx, row.id);
  const told = [...events];
  told.push(...breakerEvents(was, breaker));
  if (before !== target.status) told.push({ type: 'target:updated', data: { previousStatus: before, newStatus: target.status } });
  await tellTarget(tx, row, ...told);
  return target;
}

/** A changed state, told once. */
export function breakerEvents(was: Pick<Breaker, 'state'>, breaker: Breaker): readonly TargetEvent[] {
  return was.state === breaker.state ? [] : [{ type: EVENT_OF[breaker.state], data: factsOf(breaker) }];
}

/** The columns of a breaker in which nothing ever failed. */
export function closedColumns(): ReturnType<typeof columnsOf> {
  return columnsOf(CLOSED_BREAKER);
}

export function toBreaker(row: TargetRow): Breaker {
  return {
    state: row.breaker_state,
    cause: row.breaker_cause,
    sinceMs: row.breaker_since?.getTime() ?? null,
    untilMs: row.breaker_until?.getTime() ?? null,
    failures: row.breaker_failures,
    openings: row.breaker_openings,
    lastError: row.breaker_error,
  };
}

function columnsOf(breaker: Breaker) {
  const { state, cause, sinceMs, untilMs, failures, openings, lastError } = breaker;
  return {
    breaker_state: state,
    breaker_cause: cause,
    breaker_since: sinceMs === null ? null : new Date(sinceMs),
    breaker_until: untilMs === null ? null : new Date(untilMs),
    breaker_failures: failures,
    breaker_openings: openings,
    breaker_error: lastError === null ? null : boundedText(lastError, ERROR_CHARS_MAX),
  };
}

function factsOf({ state, cause, untilMs, failures, lastError }: Breaker): TargetEvent['data'] {
  if (state === 'closed') return {};
  return {
    cause,
    failures,
    ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
    ...(lastError === null ? {} : { error: lastError }),
  };
}

function same(a: Breaker, b: Breaker): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
