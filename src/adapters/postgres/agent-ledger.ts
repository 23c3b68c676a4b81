import { sql } from 'kysely';
import type { StartedAgent } from '../../domain/agents/merge-agents.ts';
import type { TrackedAgent } from '../../domain/agents/sighting.ts';
import type { AgentLedger } from '../../ports/ledger/agent-ledger.ts';
import type { Database } from './database.ts';
import { askIdle } from './ask-idle.ts';
import { recordSightings } from './record-sightings.ts';
import { requestShutdown } from './request-shutdown.ts';
import type { AgentRow, SessionRow } from './tables.ts';
import { agentHandle, agentHostname } from './to-session.ts';

// More agents than any installation runs; the rest is not listed.
const STARTED_MAX = 10_000;
const TOLD_MAX = 20_000;

const COLUMNS = [
  'guid',
  'project_id',
  'host_id',
  'hostname',
  'agent_type',
  'capabilities',
  'boundaries',
  'idle_timeout_ms',
  'state',
  'registered_at',
  'updated_at',
] as const satisfies readonly (keyof SessionRow)[];

/** Agents as the outside sees them. */
export function createAgentLedger(database: Database): AgentLedger {
  return {
    listStarted: (registered) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('sessions')
          .select(COLUMNS)
          .where('registered_at', 'is not', null)
          .where((where) => where.or([where('state', '<>', 'gone'), where('guid', '=', sql<string>`any(${registered}::text[])`)]))
          .limit(STARTED_MAX)
          .execute();
        return rows.map(toStartedAgent);
      }),
    findStarted: (guid) =>
      database.read(async (db) => {
        const row = await db.selectFrom('sessions').select(COLUMNS).where('guid', '=', guid).where('registered_at', 'is not', null).executeTakeFirst();
        return row === undefined ? null : toStartedAgent(row);
      }),
    requestShutdown: (agents, request) => database.transact((tx) => requestShutdown(tx, [agents, request])),
    listTold: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('agents').selectAll().where('status', '<>', 'offline').limit(TOLD_MAX).execute();
        return rows.map(toTrackedAgent);
      }),
    recordSightings: (sightings) => database.transact((tx) => recordSightings(tx, sightings)),
    askIdle: (idle, tell) => (idle.length === 0 ? Promise.resolve([]) : database.transact((tx) => askIdle(tx, idle, tell))),
    forgetLeft: ({ olderThanMs, limit }) =>
      database.read(async (db) => {
        const left = db
          .selectFrom('agents')
          .select('guid')
          .where('status', '=', 'offline')
          .where('updated_at', '<', sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`)
          .limit(limit);
        const { numDeletedRows } = await db.deleteFrom('agents').where('guid', 'in', left).where('status', '=', 'offline').executeTakeFirst();
        return Number(numDeletedRows);
      }),
  };
}

function toTrackedAgent(row: AgentRow): TrackedAgent {
  return {
    guid: row.guid,
    projectId: row.project_id,
    summary: row.summary,
    status: row.status,
    taskCount: row.task_count,
    offer: row.offer,
    storedAtMs: Number(row.stored_at_ms),
    revision: Number(row.revision),
  };
}

function toStartedAgent(row: Pick<SessionRow, (typeof COLUMNS)[number]>): StartedAgent {
  const isGone = row.state === 'gone';
  const isWorking = row.state === 'busy' || row.state === 'starting';
  const lastSeen = row.updated_at.toISOString();
  return {
    isGone,
    isLeaving: row.state === 'draining',
    agent: {
      guid: row.guid,
      handle: agentHandle(row),
      agentType: row.agent_type,
      hostname: agentHostname(row),
      status: isGone ? 'offline' : isWorking ? 'busy' : 'online',
      capabilities: row.capabilities,
      boundaries: row.boundaries,
      projectId: row.project_id,
      visibility: 'project-only',
      currentTaskCount: isWorking ? 1 : 0,
      maxConcurrentTasks: 1,
      spindownAfterIdleMs: row.idle_timeout_ms,
      lastHeartbeat: lastSeen,
      lastActivity: lastSeen,
      registeredAt: (row.registered_at ?? row.updated_at).toISOString(),
    },
  };
}
