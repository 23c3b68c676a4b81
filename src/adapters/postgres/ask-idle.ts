import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { IdleAgent } from '../../domain/agents/idle-agent.ts';
import type { AgentGuid, ProjectId } from '../../domain/ids.ts';
import type { AgentLedger } from '../../ports/ledger/agent-ledger.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import { requestShutdown } from './request-shutdown.ts';

type Tell = Parameters<AgentLedger['askIdle']>[1];
interface Asked {
  readonly guid: AgentGuid;
  readonly projectId: ProjectId;
}

const AUTHOR = { name: 'weft', requestId: '' };
// Whoever listens has left by then; whoever does not is of use again.
const LEAVING_S = 10;

/**
 * Told within the transaction, under the locks of the agents' rows: another bridge passes these over, no round grants them anything
 * meanwhile, and what was told without being written, because this process died, is told once more.
 */
export async function askIdle(tx: Tx, idle: readonly IdleAgent[], tell: Tell): Promise<readonly AgentGuid[]> {
  const locked = await sql<{ guid: AgentGuid }>`
    SELECT a.guid FROM ${dueAmong(idle)} ORDER BY a.guid FOR NO KEY UPDATE OF a SKIP LOCKED`.execute(tx);
  if (locked.rows.length === 0) return [];
  const guids = new Set(locked.rows.map(({ guid }) => guid));
  // Judged again now that nobody can grant: a statement sees what was there when it began.
  const due = dueAmong(idle.filter(({ guid }) => guids.has(guid)));
  const { rows: asked } = await sql<Asked>`
    UPDATE agents SET idle_told_at = clock_timestamp(), resting_until = greatest(resting_until, clock_timestamp() + make_interval(secs => ${LEAVING_S}))
    WHERE guid IN (SELECT a.guid FROM ${due}) RETURNING guid, project_id AS "projectId"`.execute(tx);
  if (asked.length === 0) return [];
  await requestShutdown(tx, [asked, { graceful: true, reason: 'idle-timeout', author: AUTHOR }]);
  await tell(asked);
  return asked.map(({ guid }) => guid);
}

/** Rows `a` of those that have been idle for long enough, and were not told since they are. */
function dueAmong(idle: readonly IdleAgent[]): RawBuilder<unknown> {
  return sql`jsonb_to_recordset(${toJson(idle)}::jsonb) AS i(guid text, "idleLimitMs" float8, "activeAtMs" float8)
    JOIN agents a ON a.guid = i.guid
    CROSS JOIN LATERAL (SELECT clock_timestamp() - make_interval(secs => i."idleLimitMs" / 1000) AS since) limits
    CROSS JOIN LATERAL (SELECT max(g.updated_at) AS at FROM slots g WHERE g.agent_guid = a.guid AND g.target_id IS NULL AND g.state = 'released') work
    WHERE a.status = 'online' AND a.task_count = 0 AND a.updated_at <= limits.since AND (work.at IS NULL OR work.at <= limits.since)
      AND (a.idle_told_at IS NULL OR a.idle_told_at < greatest(work.at, to_timestamp(i."activeAtMs" / 1000)))
      AND NOT EXISTS (SELECT 1 FROM slots g WHERE g.agent_guid = a.guid AND g.target_id IS NULL AND (g.state <> 'released' OR g.may_work))`;
}
