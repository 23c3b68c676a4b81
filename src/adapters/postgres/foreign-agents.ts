import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import { reachOf } from '../../domain/agents/reach.ts';
import type { Reach } from '../../domain/agents/reach.ts';
import type { AgentOffer } from '../../domain/agents/sighting.ts';
import type { AgentGuid, ProjectId } from '../../domain/ids.ts';
import type { FreeAgent } from '../../domain/scheduling/snapshot.ts';
import type { AgentType } from '../../domain/targets/target.ts';
import type { Db, Tx } from './database.ts';

// As many as the ledger tracks.
const FOREIGN_MAX = 20_000;

interface ForeignRow {
  readonly guid: string;
  readonly project_id: string;
  readonly offer: AgentOffer;
  readonly updated_ms: number;
  readonly free: number;
}

const heldSlots = sql`slots g JOIN work_items w ON w.id = g.work_id WHERE g.agent_guid = a.guid AND g.target_id IS NULL AND g.state <> 'released'`;

/**
 * What an agent can still be given: as many as it does at once, less the slots that it holds, less the tasks that it says it has
 * beyond those of ours that it has begun (they are of others, or it began one and we do not know yet). One that calls itself
 * busy has at least one.
 */
const tasksFree = sql<number>`((a.offer ->> 'tasksMax')::int - greatest(CASE WHEN a.status = 'busy' THEN 1 ELSE 0 END,
  (SELECT count(*) + greatest(0, a.task_count - count(*) FILTER (WHERE w.phase = 'working')) FROM ${heldSlots}))::int)`;

/**
 * Agents that registered by themselves, of those for which `only` holds: who can be given work, and of those who cannot now one of each
 * kind, from which follows why an item waits, or with `everyone` all. Nobody here retires them.
 */
export async function readForeignAgents(
  db: Db,
  { user, only = sql<boolean>`true`, ofEach, everyone = false }: ForeignSelection,
): Promise<readonly FreeAgent[]> {
  const visible = sql<boolean>`${reach(user)} <> 'nobody' AND ${only}`;
  const { rows } = await (ofEach === undefined ? firstOf(visible, { limit: FOREIGN_MAX, everyone }) : firstOfEach(visible, ofEach)).execute(db);
  return rows.map((row) => toFreeAgent(row, user));
}

/** `reachOf`, of rows `a`. */
function reach(user: string | null): RawBuilder<Reach> {
  return sql`CASE a.offer ->> 'visibility' WHEN 'public' THEN 'everyone' WHEN 'project-only' THEN 'project'
    WHEN 'user-only' THEN CASE WHEN a.offer ->> 'username' = ${user}::text THEN 'everyone' ELSE 'nobody' END ELSE 'nobody' END`;
}

/** Rows `a` of the agents that do work of this project. */
export function reachesProject(projectId: ProjectId, user: string | null): RawBuilder<boolean> {
  return sql`(${reach(user)} = 'everyone' OR (${reach(user)} = 'project' AND a.project_id = ${projectId}))`;
}

function firstOfEach(only: RawBuilder<boolean>, { agentTypes, limit }: OfEach): RawBuilder<ForeignRow> {
  const first = firstOf(sql<boolean>`a.offer ->> 'agentType' = wanted.agent_type AND ${only}`, { limit, everyone: false });
  return sql<ForeignRow>`SELECT f.* FROM unnest(${[...agentTypes]}::text[]) AS wanted(agent_type) CROSS JOIN LATERAL (${first}) f`;
}

function firstOf(only: RawBuilder<boolean>, { limit, everyone }: { limit: number; everyone: boolean }): RawBuilder<ForeignRow> {
  const taken = everyone
    ? sql`SELECT * FROM seen WHERE free <= 0`
    : sql`SELECT min(guid), project_id, offer, max(updated_ms), 0 FROM seen WHERE free <= 0 GROUP BY project_id, offer`;
  return sql<ForeignRow>`WITH seen AS (
      SELECT a.guid, a.project_id, a.offer, extract(epoch FROM a.updated_at)::float8 * 1000 AS updated_ms,
        CASE WHEN a.resting_until > clock_timestamp() THEN 0 ELSE ${tasksFree} END AS free
      FROM agents a WHERE a.status <> 'offline' AND a.offer IS NOT NULL AND ${only}
    )
    (SELECT * FROM seen WHERE free > 0 ORDER BY guid LIMIT ${limit}) UNION ALL (${taken} ORDER BY 1 LIMIT ${limit})`;
}

interface ForeignSelection {
  readonly user: string | null;
  readonly only?: RawBuilder<boolean>;
  readonly ofEach?: OfEach;
  readonly everyone?: boolean;
}

/** So many of each agent type at most. */
export interface OfEach {
  readonly agentTypes: readonly AgentType[];
  readonly limit: number;
}

function toFreeAgent({ guid, project_id: projectId, offer, updated_ms: freeSinceMs, free }: ForeignRow, user: string | null): FreeAgent {
  const { agentType, capabilities, boundaries, tasksMax, protocol } = offer;
  // Our own commands go out under the agent's project, and so do its reports.
  const isPublic = reachOf(offer, user) === 'everyone' && protocol === 'warp' ? { isPublic: true as const } : {};
  return {
    guid,
    projectId,
    targetId: null,
    agentType,
    capabilities,
    boundaries,
    freeSinceMs,
    idleTimeoutMs: 0,
    tasks: { free: Math.max(0, free), max: tasksMax },
    ...isPublic,
  };
}

/** How many items each of these can be given, under the locks of their rows; those that somebody else has locked can be given none. */
export async function lockForeign(tx: Tx, guids: readonly AgentGuid[]): Promise<Map<AgentGuid, number>> {
  if (guids.length === 0) return new Map();
  const locking = sql<{ guid: string }>`
    SELECT guid FROM agents WHERE guid = any(${[...guids]}::text[]) AND status <> 'offline' AND offer IS NOT NULL
    ORDER BY guid FOR NO KEY UPDATE SKIP LOCKED`.execute(tx);
  // Counted once the rows are locked: a statement sees what was there when it began.
  const counting = sql<{ guid: string; free: number }>`
    SELECT a.guid, ${tasksFree} AS free FROM agents a WHERE a.guid = any(${[...guids]}::text[])`.execute(tx);
  const [locked, counted] = await Promise.all([locking, counting]);
  const own = new Set(locked.rows.map(({ guid }) => guid));
  return new Map(counted.rows.filter(({ guid }) => own.has(guid)).map(({ guid, free }) => [guid, free]));
}

/** What an agent that registered by itself offers now; undefined when it has left. */
export async function findForeignOffer(tx: Tx, guid: AgentGuid): Promise<AgentOffer | undefined> {
  const row = await tx.selectFrom('agents').select(['offer', 'status']).where('guid', '=', guid).executeTakeFirst();
  return row === undefined || row.status === 'offline' ? undefined : (row.offer ?? undefined);
}
