import type { Target } from '../../domain/targets/target.ts';
import type { TargetRow } from './tables.ts';
import { present } from './to-work-item.ts';

/** What is derived from a target's sessions; nothing counts it. */
export interface TargetUse {
  readonly use_count: number;
  readonly last_used_at: Date | null;
  readonly current_agent_guid: string | null;
}

/** A target's row as the outside sees it. */
export function toTarget(row: TargetRow & TargetUse): Target {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    agentType: row.agent_type,
    capabilities: row.capabilities,
    boundaries: row.boundaries,
    mechanism: row.mechanism,
    config: row.config,
    limits: row.limits,
    status: statusOf(row),
    healthStatus: row.health_status,
    registeredBy: row.registered_by,
    registeredAt: row.registered_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    useCount: row.use_count,
    version: row.version,
    ...present({
      description: row.description,
      currentAgentGuid: row.current_agent_guid,
      healthCheck: row.health_check,
      lastHealthCheck: row.last_health_check?.toISOString(),
      lastError: row.last_error,
      tags: row.tags,
      lastUsedAt: row.last_used_at?.toISOString(),
    }),
  };
}

function statusOf(row: TargetRow & TargetUse): Target['status'] {
  if (row.last_error !== null) return 'error';
  return row.current_agent_guid === null ? 'available' : 'in-use';
}
