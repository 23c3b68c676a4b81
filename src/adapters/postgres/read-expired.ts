import { sql } from 'kysely';
import type { WorkId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';

const EXPIRED_MAX = 200;
// What has passed while no process looked.
const FIRST_LOOK_SECONDS = 60;
// Spelled as in the index that holds only these.
const UNSETTLED = sql<boolean>`deadline IS NOT NULL AND phase NOT IN ('completed', 'dead-lettered', 'cancelled')`;

interface Expired {
  /** Items whose deadline has passed since the last look; bounded. Said once: the reconciler repeats it. */
  readonly expired: readonly WorkId[];
  /** When the next one passes. */
  readonly nextAtMs: number | null;
}

/** Looks for deadlines that have passed; remembers how far it has looked. */
export function createExpiredReader(): (tx: Tx) => Promise<Expired> {
  let sinceMs: number | null = null;
  return async (tx) => {
    const { rows } = await sql<Expired & { atMs: number }>`
      SELECT floor(extract(epoch FROM c.at) * 1000)::float8 AS "atMs",
        floor(extract(epoch FROM (SELECT min(deadline) FROM work_items WHERE ${UNSETTLED} AND deadline > c.at)) * 1000)::float8 AS "nextAtMs",
        ARRAY(SELECT id FROM work_items WHERE ${UNSETTLED} AND deadline <= c.at
          AND deadline > coalesce(to_timestamp(${sinceMs}::float8 / 1000), c.at - make_interval(secs => ${FIRST_LOOK_SECONDS}))
          ORDER BY deadline LIMIT ${EXPIRED_MAX}) AS expired
      FROM (SELECT clock_timestamp() AS at OFFSET 0) c`.execute(tx);
    const { atMs, ...found } = rows[0] ?? { atMs: sinceMs, expired: [], nextAtMs: null };
    sinceMs = atMs;
    return found;
  };
}
