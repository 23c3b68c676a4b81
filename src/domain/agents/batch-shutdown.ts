import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { GivenProjectId } from '../ids.ts';
import { Boundary, Capability } from '../targets/target.ts';
import type { Agent } from './agent.ts';
import { matchesFilter } from './merge-agents.ts';
import { StopGraceMs } from './stop-grace.ts';

/** Agents of one batch at most. */
const SHUTDOWNS_MAX = 1000;
const IDLE_MS_MAX = 365 * 86_400_000;

const AgentBatchFilter = z
  .object({
    status: z
      .enum(['online', 'busy', 'offline', 'idle'])
      .exactOptional()
      .meta({ description: 'idle: online, with nothing to do. Without it, agents that are not offline.' }),
    idleTimeMs: z.int().min(0).max(IDLE_MS_MAX).exactOptional().meta({ description: 'Without a task, and without activity for at least this long.' }),
    agentType: z.string().trim().min(1).max(64).exactOptional(),
    boundary: Boundary.exactOptional(),
    capability: Capability.exactOptional(),
  })
  .meta({ id: 'AgentBatchFilter' });
type AgentBatchFilter = z.infer<typeof AgentBatchFilter>;

const GRACE =
  'How long an agent that Weft started has between being asked to end and being killed. Of several requests before its end has begun, the shortest holds.';

/** Body of `POST /api/agents/:guid/shutdown`. */
export const Shutdown = z
  .object({
    graceful: z.boolean().default(true),
    gracePeriodMs: StopGraceMs.exactOptional().meta({ description: `${GRACE} Without it, as its worker is set (WEFT_STOP_GRACE_MS).` }),
    reason: z.string().trim().min(1).max(256).default('manual'),
  })
  .meta({ id: 'AgentShutdown' });

/** Body of `POST /api/agents/shutdown-batch`. */
export const BatchShutdown = z
  .object({
    filter: AgentBatchFilter.exactOptional(),
    agentGuids: z
      .array(z.string().min(1).max(64))
      .max(SHUTDOWNS_MAX)
      .exactOptional()
      .meta({ description: 'Of any project that the caller may see. With a filter as well, only those for which it holds.' }),
    graceful: z.boolean().default(true).meta({ description: 'When false, agents that have work are left alone and told of as failed.' }),
    gracePeriodMs: StopGraceMs.default(30_000).meta({ description: GRACE }),
    reason: z.enum(['manual', 'scaling-down', 'maintenance', 'error']).default('manual'),
    projectId: GivenProjectId.exactOptional().meta({
      description: 'Without it the filter holds for agents of every project that the caller may see, as in the list.',
    }),
  })
  .refine(({ filter, agentGuids }) => filter !== undefined || agentGuids !== undefined, 'Either filter or agentGuids must be provided')
  .meta({ id: 'AgentBatchShutdown' });
export type BatchShutdown = z.infer<typeof BatchShutdown>;

/** One agent of the batch: known and to be stopped, or why not. */
export type ShutdownChoice = { readonly guid: string; readonly agent: Agent } | { readonly guid: string; readonly error: string; readonly code: ErrorCode };

/** Whom the batch means, of the agents that the caller may see, in order of the request or of GUID. */
export function chooseForShutdown(agents: readonly Agent[], body: BatchShutdown, nowMs: number): readonly ShutdownChoice[] {
  const meant = new Map(agents.filter((agent) => isMeant(agent, body, nowMs)).map((agent) => [agent.guid, agent]));
  const guids = body.agentGuids === undefined ? [...meant.keys()].slice(0, SHUTDOWNS_MAX) : [...new Set(body.agentGuids)];
  return guids.map((guid) => {
    const agent = meant.get(guid);
    if (agent === undefined) return { guid, error: 'Agent not found', code: 'NOT_FOUND' };
    return !body.graceful && isWorking(agent) ? { guid, error: 'Agent currently processing work', code: 'CONFLICT' } : { guid, agent };
  });
}

function isMeant(agent: Agent, { filter, projectId }: BatchShutdown, nowMs: number): boolean {
  if (projectId !== undefined && agent.projectId !== projectId) return false;
  return filter === undefined || holdsFor(filter, agent, nowMs);
}

function holdsFor({ status, idleTimeMs, ...same }: AgentBatchFilter, agent: Agent, nowMs: number): boolean {
  if (!hasStatus(agent, status)) return false;
  if (idleTimeMs !== undefined && (isWorking(agent) || nowMs - Date.parse(agent.lastActivity) < idleTimeMs)) return false;
  return matchesFilter(agent, same);
}

function hasStatus(agent: Agent, wanted: AgentBatchFilter['status']): boolean {
  if (wanted === undefined) return agent.status !== 'offline';
  return wanted === 'idle' ? agent.status === 'online' && agent.currentTaskCount === 0 : agent.status === wanted;
}

function isWorking({ status, currentTaskCount }: Agent): boolean {
  return status !== 'offline' && (status === 'busy' || currentTaskCount > 0);
}
