import type { EventData, EventName } from '../events/event.ts';
import type { ProjectId } from '../ids.ts';
import type { AgentSummary } from './agent-summary.ts';
import type { AgentStatus } from './agent.ts';
import { toAgent } from './registry-record.ts';
import type { RegistryRecord } from './registry-record.ts';

/** What the registry shows of an agent that Weft did not start, as the ledger is told of it. */
export interface Sighting {
  readonly guid: string;
  readonly projectId: ProjectId;
  readonly summary: AgentSummary;
  readonly capabilities: readonly string[];
  readonly boundaries: readonly string[];
  readonly status: AgentStatus;
  readonly taskCount: number;
  /** said: by its entry · silent: it has not been heard of for too long · removed: its entry was deleted. */
  readonly how: 'said' | 'silent' | 'removed';
  readonly storedAtMs: number;
  readonly revision: number;
}

/** What was last told of an agent. */
export interface ToldAgent {
  readonly guid: string;
  readonly status: AgentStatus;
  readonly taskCount: number;
}

/** An agent with the entry by which it was last told of. */
export interface TrackedAgent extends ToldAgent, Pick<Sighting, 'projectId' | 'summary' | 'storedAtMs' | 'revision'> {}

/** An agent that was told of and whose entry nobody has seen since. */
export function sightMissing({ guid, projectId, summary, storedAtMs, revision }: TrackedAgent): Sighting {
  return { guid, projectId, summary, capabilities: [], boundaries: [], status: 'offline', taskCount: 0, how: 'silent', storedAtMs, revision };
}

/** The agent as its entry shows it now. */
export function sight(record: RegistryRecord, nowMs: number): Sighting {
  const agent = toAgent(record, nowMs);
  const how = agent.status === 'offline' && record.agent.status !== 'offline' ? 'silent' : 'said';
  return sightingOf(record, { status: agent.status, how });
}

/** The agent as it is once its entry is no longer there. */
export function sightGone(record: RegistryRecord, how: 'silent' | 'removed'): Sighting {
  return sightingOf(record, { status: 'offline', how });
}

function sightingOf({ agent, storedAtMs, revision }: RegistryRecord, seen: Pick<Sighting, 'status' | 'how'>): Sighting {
  const { guid, projectId, agentType, handle, hostname, capabilities, boundaries, currentTaskCount } = agent;
  return {
    guid,
    projectId,
    summary: { guid, agentType: agentType.slice(0, 64), handle, hostname },
    capabilities,
    boundaries,
    taskCount: seen.status === 'offline' ? 0 : currentTaskCount,
    ...seen,
    storedAtMs,
    revision,
  };
}

/** True when the sighting tells nothing new, so that a heartbeat costs nobody anything. */
export function isToldAlready(told: ToldAgent | undefined, { status, taskCount }: Sighting): boolean {
  return status === (told?.status ?? 'offline') && taskCount === (told?.taskCount ?? 0);
}

/** What has happened to an agent between what was told last and what is seen now; null when it is nothing. */
export function eventOf(told: ToldAgent, seen: Sighting): { readonly type: EventName; readonly data: EventData } | null {
  if (isToldAlready(told, seen)) return null;
  const { summary: agent, capabilities, boundaries, status, taskCount } = seen;
  if (told.status === 'offline') return { type: 'agent:registered', data: { agent, capabilities, boundaries, status, currentTaskCount: taskCount } };
  if (status === 'offline') {
    const isLost = seen.how === 'silent';
    return { type: 'agent:shutdown', data: { agent, reason: isLost ? 'error' : 'manual', graceful: !isLost } };
  }
  return { type: 'agent:updated', data: { agent, previousStatus: told.status, newStatus: status, currentTaskCount: taskCount } };
}
