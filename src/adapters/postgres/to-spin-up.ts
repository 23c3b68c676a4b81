import type { Handle } from '../../domain/agents/session.ts';
import type { TrackedSpinUp } from '../../domain/spin-ups/spin-up.ts';
import type { SpinUpRow } from './tables.ts';
import { present } from './to-work-item.ts';

/** What a spin-up's row does not say itself. */
interface SpinUpFacts {
  readonly target_name: string;
  readonly capabilities: readonly string[];
  readonly handle: Handle | null;
}

/** A spin-up's row as the outside sees it. */
export function toTrackedSpinUp(row: SpinUpRow & SpinUpFacts): TrackedSpinUp {
  const requestedAt = row.requested_at.toISOString();
  return {
    id: row.id,
    projectId: row.project_id,
    targetId: row.target_id,
    targetName: row.target_name,
    request: { target: row.target_name, capability: row.capabilities[0] ?? '', requestedAt, requestedBy: row.requested_by },
    status: row.status,
    startedAt: row.started_at?.toISOString() ?? requestedAt,
    timeoutAt: row.timeout_at.toISOString(),
    ...present({
      reason: row.reason,
      agentGuid: row.agent_guid,
      result: resultOf(row),
      error: row.error,
      completedAt: row.completed_at?.toISOString(),
    }),
  };
}

function resultOf(row: SpinUpRow & SpinUpFacts): TrackedSpinUp['result'] | null {
  if (row.completed_at === null) return null;
  return {
    success: row.status === 'success',
    targetId: row.target_id,
    targetName: row.target_name,
    timestamp: row.completed_at.toISOString(),
    ...present({ error: row.error, mechanismResult: row.handle === null ? null : { pid: row.handle.pid } }),
  };
}
