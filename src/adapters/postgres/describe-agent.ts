import { sql } from 'kysely';
import type { AgentSummary } from '../../domain/agents/agent-summary.ts';
import type { AgentGuid } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { namedAgent, toAgentSummary } from './named-agent.ts';
import { agentSummary } from './to-session.ts';
import type { NamedSession } from './to-session.ts';
import { present } from './to-work-item.ts';

/** How an event of a work item names the agent that has it: nothing when nobody has; the summary only of agents that are known. */
export interface AgentFacts {
  readonly assignedTo?: AgentGuid;
  readonly assignedToAgent?: AgentSummary;
}

/** Of an agent that we started. */
export function factsOf(session: NamedSession): AgentFacts {
  return { assignedTo: session.guid, assignedToAgent: agentSummary(session) };
}

export async function describeAgent(tx: Tx, guid: AgentGuid | null | undefined): Promise<AgentFacts> {
  if (guid === null || guid === undefined) return {};
  const { agent } = await tx.selectNoFrom(namedAgent(sql`${guid}::text`).as('agent')).executeTakeFirstOrThrow();
  return { assignedTo: guid, ...present({ assignedToAgent: agent === null ? null : toAgentSummary(agent) }) };
}
