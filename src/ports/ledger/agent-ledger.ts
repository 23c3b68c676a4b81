import type { Agent } from '../../domain/agents/agent.ts';
import type { StartedAgent } from '../../domain/agents/merge-agents.ts';
import type { AgentGuid } from '../../domain/ids.ts';

/** Agents as the ledger knows them. */
export interface AgentLedger {
  /** Agents that we started and that have registered: all that are not gone, and those among `registered` that are. */
  listStarted: (registered: readonly AgentGuid[]) => Promise<readonly StartedAgent[]>;
  /** One that we started, gone or not; null when it never registered, or is none of ours. */
  findStarted: (guid: Agent['guid']) => Promise<StartedAgent | null>;
}
