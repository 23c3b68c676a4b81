import { sql } from 'kysely';
import type { ProjectId } from '../../domain/ids.ts';
import type { StoredApproval } from '../../domain/work/approval.ts';
import type { AgentType } from '../../domain/targets/target.ts';
import type { Db } from './database.ts';

// All together; with many lines less is read of each, but at least the first of every one.
const QUEUE_TOTAL_MAX = 5000;
const LINES_MAX = 1000;

/** Items of one submitter in one project that need the same; in the order in which the queue's index has them. */
export interface LineKey {
  readonly projectId: ProjectId;
  readonly needsKey: string;
  readonly submitter: string;
}

export interface QueueRow {
  readonly work_id: string;
  readonly project_id: string;
  readonly submitter: string;
  readonly capability: string;
  readonly boundary: string;
  readonly required_agent_type: AgentType | null;
  readonly preferred_agent_type: AgentType | null;
  readonly priority: number;
  readonly enqueued_ms: number;
  readonly not_before_ms: number;
  readonly last_grant_ms: number | null;
  readonly failed_target_ids: readonly string[];
  readonly waits_for_old_agent: boolean;
  readonly reason: string | null;
  readonly approval_asked: boolean;
  readonly approval: StoredApproval | null;
  readonly retries: number;
}

export interface QueueRead {
  readonly rows: readonly QueueRow[];
  /** Some line is longer than what was read of it. */
  readonly cut: boolean;
  /** There were too many lines: the last that was read, after which the next round goes on; null when that was all. */
  readonly lastLine: LineKey | null;
}

/**
 * The first `queueMax` due items of each line, so that a crowd that waits for one missing capability, and a submitter with a
 * backlog, hide nobody. Each line is found, and read, at its place in the index: what it costs grows with the lines, not with
 * those who wait in them.
 */
export async function readQueue(tx: Db, { queueMax, after }: { queueMax: number; after: LineKey | null }): Promise<QueueRead> {
  const { rows } = await sql<QueueRow & { line: number; place: number; lines: number; each_max: number; needs_key: string }>`
    WITH RECURSIVE lines AS (
      (SELECT q.project_id, q.needs_key, q.submitter, 1 AS line FROM queue q
        WHERE q.due AND (q.project_id, q.needs_key, q.submitter) > (${after?.projectId ?? ''}, ${after?.needsKey ?? ''}, ${after?.submitter ?? ''})
        ORDER BY q.project_id, q.needs_key, q.submitter LIMIT 1)
      UNION ALL
      SELECT n.*, l.line + 1 FROM lines l CROSS JOIN LATERAL (
        SELECT q.project_id, q.needs_key, q.submitter FROM queue q
        WHERE q.due AND (q.project_id, q.needs_key, q.submitter) > (l.project_id, l.needs_key, l.submitter)
        ORDER BY q.project_id, q.needs_key, q.submitter LIMIT 1) n
      WHERE l.line < ${LINES_MAX}::int
    ), bound AS (
      SELECT count(*)::int AS lines, least(${queueMax}::int, ${QUEUE_TOTAL_MAX}::int / greatest(count(*), 1))::int AS each_max FROM lines
    )
    SELECT l.line, l.needs_key, p.place, b.lines, b.each_max, p.work_id, l.project_id, l.submitter, p.priority, p.failed_target_ids, w.reason,
      p.approval_asked_at IS NOT NULL AS approval_asked, w.approval, w.retries,
      w.capability, w.boundary, w.required_agent_type, w.preferred_agent_type,
      extract(epoch FROM p.enqueued_at)::float8 * 1000 AS enqueued_ms,
      extract(epoch FROM p.not_before)::float8 * 1000 AS not_before_ms,
      extract(epoch FROM g.created_at)::float8 * 1000 AS last_grant_ms,
      (NOT coalesce((w.limits ->> 'overlapAllowed')::boolean, false) AND EXISTS (
        SELECT 1 FROM sessions s WHERE s.work_id = p.work_id AND s.state IN ('starting', 'busy', 'draining')
        UNION ALL SELECT 1 FROM slots o JOIN agents a ON a.guid = o.agent_guid WHERE o.work_id = p.work_id AND o.may_work AND a.status <> 'offline'
      )) AS waits_for_old_agent
    FROM bound b CROSS JOIN lines l
    CROSS JOIN LATERAL (
      SELECT q.*, (row_number() OVER (ORDER BY q.rank_at, q.work_id))::int AS place FROM queue q
      WHERE q.due AND q.project_id = l.project_id AND q.needs_key = l.needs_key AND q.submitter = l.submitter
      ORDER BY q.rank_at, q.work_id LIMIT (SELECT each_max FROM bound)) p
    -- Lateral with a limit: so many look-ups by key, whatever the planner believes of tables that have just grown.
    CROSS JOIN LATERAL (
      SELECT i.* FROM work_items i
      WHERE i.id = p.work_id AND i.cancel_requested_at IS NULL AND (i.deadline IS NULL OR i.deadline > clock_timestamp()) LIMIT 1) w
    LEFT JOIN LATERAL (
      SELECT s.created_at FROM slots s WHERE s.project_id = l.project_id AND s.needs_key = l.needs_key AND s.submitter = l.submitter
      ORDER BY s.created_at DESC LIMIT 1) g ON true`.execute(tx);
  const last = rows.reduce<(typeof rows)[number] | undefined>((latest, row) => (latest === undefined || row.line > latest.line ? row : latest), undefined);
  return {
    rows,
    cut: rows.some(({ place, each_max: eachMax }) => place >= eachMax),
    lastLine: last === undefined || last.lines < LINES_MAX ? null : { projectId: last.project_id, needsKey: last.needs_key, submitter: last.submitter },
  };
}

/** Items whose time has come, a bounded part of them, take their place in their lines. Rows that are being changed are left for later. */
export async function admitDue(tx: Db): Promise<void> {
  await sql`
    UPDATE queue SET due = true WHERE work_id IN (
      SELECT work_id FROM queue WHERE NOT due AND not_before <= clock_timestamp()
      ORDER BY not_before LIMIT ${QUEUE_TOTAL_MAX}::int FOR NO KEY UPDATE SKIP LOCKED)`.execute(tx);
}
