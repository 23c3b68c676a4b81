import { sql } from 'kysely';
import type { ProjectId } from '../../domain/ids.ts';
import type { Snapshot } from '../../domain/scheduling/snapshot.ts';
import type { Db } from './database.ts';

// Running costs look back this far.
const WINDOW_SECONDS = 3600;
// The released slots of an hour are many and say little more than those of a minute ago did: they are counted again after so long.
const RECOUNT_MS = 60_000;
// A transaction that began before a count may end after it; what was released shortly before a count is counted every time.
const SETTLED_SECONDS = 10;

type Held = Snapshot['held'];
type Spent = Snapshot['spent'];

/** Slots held now, in all projects or in one, by submitter, capability and mechanism. */
export async function readHeldSlots(db: Db, projectId?: ProjectId): Promise<Held> {
  const ofProject = projectId === undefined ? sql`true` : sql`s.project_id = ${projectId}`;
  const { rows } = await sql<Held[number]>`
    SELECT s.project_id AS "projectId", s.submitter, CASE WHEN s.needs_key <> '' THEN s.needs_key::jsonb ->> 0 END AS capability, t.mechanism,
      count(*)::int AS slots,
      (sum(extract(epoch FROM least(clock_timestamp() - s.created_at, make_interval(secs => ${WINDOW_SECONDS})))) / 60)::float8 AS minutes
    FROM slots s LEFT JOIN targets t ON t.id = s.target_id WHERE s.state <> 'released' AND ${ofProject} GROUP BY 1, 2, 3, 4`.execute(db);
  return rows;
}

interface Released {
  readonly projectId: string;
  readonly submitter: string;
  readonly minutes: number;
  readonly medianMinutes: number;
}

/**
 * Slots released within the last hour, by submitter. What has not changed since the last count is taken from there: a count of
 * rows all the same, only not of all of them in every round.
 */
export function createSpentReader(): (db: Db, nowMs: number) => Promise<Spent> {
  let counted: { readonly atMs: number; readonly untilMs: number; readonly released: readonly Released[] } | null = null;
  return async (db, nowMs) => {
    if (counted === null || nowMs - counted.atMs > RECOUNT_MS || nowMs < counted.atMs) {
      const untilMs = nowMs - SETTLED_SECONDS * 1000;
      counted = { atMs: nowMs, untilMs, released: await countReleased(db, { nowMs, fromMs: nowMs - WINDOW_SECONDS * 1000, untilMs }) };
    }
    const recent = await countReleased(db, { nowMs, fromMs: counted.untilMs, untilMs: null });
    return merge(counted.released, recent);
  };
}

async function countReleased(db: Db, { nowMs, fromMs, untilMs }: { nowMs: number; fromMs: number; untilMs: number | null }): Promise<readonly Released[]> {
  const heldFor = sql`extract(epoch FROM updated_at - greatest(created_at, to_timestamp(${nowMs / 1000 - WINDOW_SECONDS}::float8)))`;
  const { rows } = await sql<Released>`
    SELECT project_id AS "projectId", submitter, (sum(${heldFor}) / 60)::float8 AS minutes,
      (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM updated_at - created_at)) / 60)::float8 AS "medianMinutes"
    FROM slots WHERE state = 'released' AND updated_at > to_timestamp(${fromMs / 1000}::float8)
      AND (${untilMs}::float8 IS NULL OR updated_at <= to_timestamp(${untilMs}::float8 / 1000))
    GROUP BY project_id, submitter`.execute(db);
  return rows;
}

/** The median of the longer count stands for both. */
function merge(counted: readonly Released[], recent: readonly Released[]): Spent {
  const merged = new Map<string, Released>();
  for (const one of [...counted, ...recent]) {
    const key = JSON.stringify([one.projectId, one.submitter]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? one : { ...known, minutes: known.minutes + one.minutes });
  }
  return [...merged.values()];
}
