import type { AgentGuid, HostId, ProjectId, TargetId, WorkId } from '../domain/ids.ts';

// Wire names of the Temporal side. Running workflows know them: they never change.
export const TASK_QUEUES = { workflows: 'weft-workflows', activities: 'weft-activities' } as const;

export const WORKFLOW_TYPES = {
  workItem: 'workItem',
  coordinator: 'coordinator',
  agentSession: 'agentSession',
  reconcile: 'reconcile',
  probeTarget: 'probeTarget',
  targetHealth: 'targetHealth',
  deployment: 'deployment',
} as const;

export const COORDINATOR_ID = 'coordinator-default';
export const RECONCILE_SCHEDULE_ID = 'reconcile';

export function workWorkflowId(workId: WorkId): string {
  return `work-${workId}`;
}

export function sessionWorkflowId(guid: AgentGuid): string {
  return `agent-${guid}`;
}

export function probeWorkflowId(targetId: TargetId): string {
  return `probe-${targetId}`;
}

const HEALTH_PREFIX = 'health-';

/** The Schedule of the looks at a target; its runs carry the time behind it. */
export function healthScheduleId(targetId: TargetId): string {
  return `${HEALTH_PREFIX}${targetId}`;
}

/** Null for a Schedule of something else. */
export function targetOfHealthSchedule(scheduleId: string): TargetId | null {
  return scheduleId.startsWith(HEALTH_PREFIX) ? scheduleId.slice(HEALTH_PREFIX.length) : null;
}

/** The project's own hyphens are doubled and no name begins with one: no two deployments share an id. */
export function deploymentWorkflowId({ projectId, name }: { readonly projectId: ProjectId; readonly name: string }): string {
  return `deployment-${projectId.replaceAll('-', '--')}-${name}`;
}

/** Only the host that started an agent touches its processes, so each host has its own queue. */
export function localSpinQueue(hostId: HostId): string {
  return `weft-spin-local-${hostId}`;
}
