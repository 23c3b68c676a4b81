import type { Target } from '../../domain/targets/target.ts';
import type { TargetRow } from './tables.ts';
import { agentSummary } from './to-session.ts';
import type { NamedSession } from './to-session.ts';
import { present } from './to-work-item.ts';

/** What is derived from a target's sessions; nothing counts it. */
export interface TargetUse {
  readonly status: Target['status'];
  readonly use_count: number;
  readonly last_used_at: Date | null;
  readonly current_agent_guid: string | null;
  readonly last_spin_up: LastSpinUp | null;
}

/** The newest start whose end is known; without an agent when it never got room. */
type LastSpinUp = { readonly at: number; readonly failed: boolean; readonly error: string | null } & (
  (NamedSession & { readonly work_id: string | null }) | { readonly guid: null }
);

/** A target's row as the outside sees it. */
export function toTarget(row: TargetRow & TargetUse): Target {
  const registeredAt = row.registered_at.toISOString();
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
    status: row.status,
    healthStatus: row.health_status,
    registeredBy: row.registered_by,
    registeredAt,
    createdAt: registeredAt,
    updatedAt: row.updated_at.toISOString(),
    breaker: {
      state: row.breaker_state,
      failures: row.breaker_failures,
      ...present({
        cause: row.breaker_cause,
        since: row.breaker_since?.toISOString(),
        until: row.breaker_until?.toISOString(),
        lastError: row.breaker_error,
      }),
    },
    useCount: row.use_count,
    version: row.version,
    ...present({
      description: row.description,
      disabledReason: row.disabled_reason,
      drain: row.draining ? (row.current_agent_guid === null ? 'drained' : 'draining') : null,
      currentAgentGuid: row.current_agent_guid,
      healthCheck: row.health_check,
      lastHealthCheck: row.last_health_check?.toISOString(),
      lastError: row.last_error,
      tags: row.tags,
      lastUsedAt: row.last_used_at?.toISOString(),
      lastSpinUp: row.last_spin_up === null ? null : toSpinUpRecord(row.last_spin_up),
    }),
  };
}

function toSpinUpRecord(last: LastSpinUp): NonNullable<Target['lastSpinUp']> {
  return {
    time: new Date(last.at).toISOString(),
    outcome: last.failed ? 'failure' : 'success',
    ...(last.guid === null ? {} : { agent: agentSummary(last), ...present({ workItemId: last.work_id }) }),
    ...present({ error: last.failed ? last.error : null }),
  };
}
