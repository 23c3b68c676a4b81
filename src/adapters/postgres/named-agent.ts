import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';
import type { AgentSummary } from '../../domain/agents/agent-summary.ts';
import { agentSummary } from './to-session.ts';
import type { NamedSession } from './to-session.ts';

/** What names an agent: of one that we started its session, of one that registered by itself what the registry said last. */
export type NamedAgent = NamedSession | AgentSummary;

/** The agent with this GUID; null when neither we nor the registry ever knew it. */
export function namedAgent(guid: RawBuilder<string | null>): RawBuilder<NamedAgent | null> {
  return sql`coalesce(
    (SELECT jsonb_build_object('guid', s.guid, 'agent_type', s.agent_type, 'host_id', s.host_id, 'hostname', s.hostname) FROM sessions s WHERE s.guid = ${guid}),
    (SELECT a.summary FROM agents a WHERE a.guid = ${guid}))`;
}

export function toAgentSummary(agent: NamedAgent): AgentSummary {
  return 'agent_type' in agent ? agentSummary(agent) : agent;
}
