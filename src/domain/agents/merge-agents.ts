import type { Agent } from './agent.ts';

/** An agent that we started, as its session's row describes it. */
export interface StartedAgent {
  readonly agent: Agent;
  /** Verified gone, whatever its entry in the registry says. */
  readonly isGone: boolean;
  /** On its way out: what it does meanwhile, its entry knows better. */
  readonly isLeaving: boolean;
}

/** Everybody once, in order of GUID: what agents say of themselves, and for those that we started what the ledger knows. */
export function mergeAgents(registered: readonly Agent[], started: readonly StartedAgent[]): readonly Agent[] {
  const merged = new Map(registered.map((agent) => [agent.guid, agent]));
  for (const one of started) merged.set(one.agent.guid, withLedger(merged.get(one.agent.guid), one));
  return [...merged.values()].sort((a, b) => (a.guid < b.guid ? -1 : 1));
}

/** Where it belongs, what it may do and how long it may be free the ledger says, so that no entry moves an agent into another project or boundary. */
export function withLedger(entry: Agent | undefined, { agent, isGone, isLeaving }: StartedAgent): Agent {
  if (entry === undefined) return agent;
  const { projectId, agentType, capabilities, boundaries, spindownAfterIdleMs } = agent;
  const own = { ...entry, projectId, agentType, capabilities, boundaries, spindownAfterIdleMs };
  if (isGone) return { ...own, status: 'offline', currentTaskCount: 0 };
  if (isLeaving) return own;
  return { ...own, status: agent.status, currentTaskCount: agent.currentTaskCount };
}

export interface AgentFilter {
  readonly agentType?: string;
  readonly status?: Agent['status'];
  readonly capability?: string;
  readonly boundary?: string;
}

/** True when the agent is everything that the filter names. */
export function matchesFilter(agent: Agent, { agentType, status, capability, boundary }: AgentFilter): boolean {
  return (
    (agentType === undefined || agent.agentType === agentType) &&
    (status === undefined || agent.status === status) &&
    (capability === undefined || agent.capabilities.includes(capability)) &&
    (boundary === undefined || agent.boundaries.includes(boundary))
  );
}
