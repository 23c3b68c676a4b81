import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

/** Counted up to here: further behind, a number says nothing more. */
const POSITION_MAX = 10_000;
// Lines of one project that are looked into.
const LINES_MAX = 1000;

/** Where somebody stands: expressions, columns of an outer row or parameters. */
interface Standing {
  readonly projectId: RawBuilder<string>;
  readonly submitter: RawBuilder<string>;
  readonly priority: RawBuilder<number>;
  /** As the queue's column of this name. */
  readonly rankAt: RawBuilder<Date>;
  readonly workId: RawBuilder<string>;
}

/**
 * A place among the items of the project that wait, 1 = the next one: behind those of the same submitter that come before it,
 * and behind those of each other submitter that are more urgent, or older and served in turn with it (one for each of its own).
 * What the project needs different agents for counts alike, and whoever comes later may still get a turn before it. It is read
 * from the queue's index, and counts at most `POSITION_MAX` entries.
 */
export function queuePosition({ projectId, submitter, priority, rankAt, workId }: Standing): RawBuilder<number> {
  return sql<number>`(
    WITH RECURSIVE lines AS (
      (SELECT q.needs_key, q.submitter, 1 AS line FROM queue q WHERE q.due AND q.project_id = ${projectId} ORDER BY q.needs_key, q.submitter LIMIT 1)
      UNION ALL
      SELECT n.*, l.line + 1 FROM lines l CROSS JOIN LATERAL (
        SELECT q.needs_key, q.submitter FROM queue q
        WHERE q.due AND q.project_id = ${projectId} AND (q.needs_key, q.submitter) > (l.needs_key, l.submitter)
        ORDER BY q.needs_key, q.submitter LIMIT 1) n
      WHERE l.line < ${sql.lit(LINES_MAX)}
    ), before AS MATERIALIZED (
      SELECT b.submitter, b.priority FROM (SELECT * FROM lines ORDER BY submitter <> ${submitter}, line) l CROSS JOIN LATERAL (
        SELECT q.submitter, q.priority FROM queue q
        WHERE q.due AND q.project_id = ${projectId} AND q.needs_key = l.needs_key AND q.submitter = l.submitter
          AND (q.rank_at, q.work_id) < (${rankAt}, ${workId})
        ORDER BY q.rank_at, q.work_id LIMIT ${sql.lit(POSITION_MAX)}) b LIMIT ${sql.lit(POSITION_MAX)}
    ), crowds AS (
      SELECT submitter = ${submitter} AS own, count(*) AS total, count(*) FILTER (WHERE priority > ${priority}) AS urgent FROM before GROUP BY submitter
    )
    SELECT least(${sql.lit(POSITION_MAX)}, 1 + coalesce(sum(CASE WHEN own THEN total
      ELSE urgent + least(total - urgent, 1 + coalesce((SELECT c.total FROM crowds c WHERE c.own), 0)) END), 0))::int FROM crowds)`;
}
