import type { AgentSummary } from '../../domain/agents/agent-summary.ts';
import type { AgentGuid } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { agentSummary } from './to-session.ts';
import { present } from './to-work-item.ts';

/** How an event of a work item names the agent that has it: nothing when nobody has; the summary only of agents that are known. */
export interface AgentFacts {
  readonly assignedTo?: AgentGuid;
  readonly assignedToAgent?: AgentSummary;
}

export async function describeAgent(tx: Tx, guid: AgentGuid | null | undefined): Promise<AgentFacts> {
  if (guid === null || guid === undefined) return {};
  const session = await tx.selectFrom('sessions').select(['guid', 'agent_type', 'host_id']).where('guid', '=', guid).executeTakeFirst();
  return { assignedTo: guid, ...present({ assignedToAgent: session === undefined ? null : agentSummary(session) }) };
}
