import type { AgentSummary } from '../../domain/agents/agent-summary.ts';
import type { Session } from '../../domain/agents/session.ts';
import type { SessionRow } from './tables.ts';

/** A session's row as the rest of Weft knows it. */
export function toSession(row: SessionRow): Session {
  return {
    guid: row.guid,
    projectId: row.project_id,
    targetId: row.target_id,
    targetName: row.target_name,
    mechanism: row.mechanism,
    hostId: row.host_id,
    agentType: row.agent_type,
    capabilities: row.capabilities,
    boundaries: row.boundaries,
    task: row.task,
    state: row.state,
    workId: row.work_id,
    fence: row.fence,
    handle: row.handle,
    idleTimeoutMs: row.idle_timeout_ms,
    stopGraceMs: row.stop_grace_ms,
  };
}

/** How events name an agent. */
export function agentSummary(row: NamedSession): AgentSummary {
  return { guid: row.guid, agentType: row.agent_type, handle: agentHandle(row), hostname: agentHostname(row) };
}

export type NamedSession = Pick<SessionRow, 'guid' | 'agent_type' | 'host_id' | 'hostname'>;

/** Of one that was started before its worker said what its machine is called, the host is known. */
export function agentHostname(row: Pick<SessionRow, 'host_id' | 'hostname'>): string {
  return row.hostname ?? row.host_id;
}

/** The same words as in the runner's registry entry. */
export function agentHandle(row: Pick<SessionRow, 'guid' | 'agent_type'>): string {
  return `${row.agent_type}-${row.guid.slice(0, 8)}`;
}
