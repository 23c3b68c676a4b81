import type { EventData, EventName } from '../events/event.ts';
import type { ProjectId } from '../ids.ts';
import type { AgentSummary } from './agent-summary.ts';
import { AgentType } from '../targets/target.ts';
import type { AgentStatus, AgentVisibility } from './agent.ts';
import { toAgent } from './registry-record.ts';
import type { AgentProtocol, RegistryRecord } from './registry-record.ts';

/** What an agent that registered by itself can be given, and how it is spoken to. */
export interface AgentOffer {
  /** As far as boundaries tell types apart: an agent of a type of its own counts as `claude-code`, as it always did. */
  readonly agentType: AgentType;
  readonly capabilities: readonly string[];
  readonly boundaries: readonly string[];
  readonly visibility: AgentVisibility;
  /** Of an agent that is for its user alone: who that is. */
  readonly username?: string;
  /** How many items it does at once. */
  readonly tasksMax: number;
  readonly protocol: AgentProtocol;
}

/** What the registry shows of an agent that Weft did not start, as the ledger is told of it. */
export interface Sighting {
  readonly guid: string;
  readonly projectId: ProjectId;
  readonly summary: AgentSummary;
  readonly offer: AgentOffer;
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
  readonly projectId: ProjectId;
  readonly status: AgentStatus;
  readonly taskCount: number;
  /** null: not known yet. */
  readonly offer: AgentOffer | null;
}

/** An agent with the entry by which it was last told of. */
export interface TrackedAgent extends ToldAgent, Pick<Sighting, 'summary' | 'storedAtMs' | 'revision'> {}

const NO_OFFER: AgentOffer = { agentType: 'claude-code', capabilities: [], boundaries: [], visibility: 'private', tasksMax: 0, protocol: 'warp' };

/** An agent that was told of and whose entry nobody has seen since. */
export function sightMissing({ guid, projectId, summary, offer, storedAtMs, revision }: TrackedAgent): Sighting {
  return { guid, projectId, summary, offer: offer ?? NO_OFFER, status: 'offline', taskCount: 0, how: 'silent', storedAtMs, revision };
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

function sightingOf({ agent, protocol, storedAtMs, revision }: RegistryRecord, seen: Pick<Sighting, 'status' | 'how'>): Sighting {
  const { guid, projectId, agentType, handle, hostname, capabilities, boundaries, visibility, currentTaskCount, maxConcurrentTasks: tasksMax } = agent;
  // What tells no two offers apart is no part of them.
  const username = visibility === 'user-only' && agent.username !== undefined ? { username: agent.username } : {};
  return {
    guid,
    projectId,
    summary: { guid, agentType: agentType.slice(0, 64), handle, hostname },
    offer: { agentType: AgentType.catch('claude-code').parse(agentType), capabilities, boundaries, visibility, ...username, tasksMax, protocol },
    taskCount: seen.status === 'offline' ? 0 : currentTaskCount,
    ...seen,
    storedAtMs,
    revision,
  };
}

/** True when the sighting tells nothing new, so that a heartbeat costs nobody anything. */
export function isToldAlready(told: ToldAgent | undefined, seen: Sighting): boolean {
  const { status, taskCount } = seen;
  if (status !== (told?.status ?? 'offline') || taskCount !== (told?.taskCount ?? 0)) return false;
  // What an agent that is away could do is of no interest.
  if (status === 'offline') return true;
  return told !== undefined && offersTheSame(told, seen);
}

/** It has more to do than before, and nothing else about it is new: nobody who waits can have waited for that. */
export function hasOnlyMoreToDo(told: ToldAgent | undefined, seen: Sighting): boolean {
  return told !== undefined && told.status !== 'offline' && seen.status === 'busy' && seen.taskCount >= told.taskCount && offersTheSame(told, seen);
}

function offersTheSame(told: ToldAgent, { projectId, offer }: Sighting): boolean {
  return told.offer !== null && told.projectId === projectId && markOf(told.offer) === markOf(offer);
}

/** The same for the same offer, in whatever order the fields were kept. */
function markOf({ agentType, capabilities, boundaries, visibility, username, tasksMax, protocol }: AgentOffer): string {
  return JSON.stringify([agentType, capabilities, boundaries, visibility, username, tasksMax, protocol]);
}

/**
 * What has happened to an agent between what was told last and what is seen now; null when it is nothing. `askedAsIdle`: it had
 * nothing to do, was asked to leave for that, and has not changed since.
 */
export function eventOf(
  told: ToldAgent,
  seen: Sighting,
  { askedAsIdle = false }: { readonly askedAsIdle?: boolean } = {},
): { readonly type: EventName; readonly data: EventData } | null {
  if (isToldAlready(told, seen)) return null;
  const { summary: agent, status, taskCount } = seen;
  const { capabilities, boundaries } = seen.offer;
  if (told.status === 'offline') return { type: 'agent:registered', data: { agent, capabilities, boundaries, status, currentTaskCount: taskCount } };
  if (status === 'offline') {
    const isLost = seen.how === 'silent';
    return { type: 'agent:shutdown', data: { agent, reason: isLost ? 'error' : askedAsIdle ? 'idle-timeout' : 'manual', graceful: !isLost } };
  }
  return { type: 'agent:updated', data: { agent, previousStatus: told.status, newStatus: status, currentTaskCount: taskCount } };
}
