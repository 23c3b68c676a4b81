import type { ProjectId } from '../ids.ts';
import type { FreeAgent, Hold, Snapshot } from './snapshot.ts';

/** Why nothing is granted in a project; null when something may be. */
export function whyHeld(holds: readonly Hold[], projectId: ProjectId): string | null {
  const hold = holds.find((one) => one.projectId === null) ?? holds.find((one) => one.projectId === projectId);
  if (hold === undefined) return null;
  return `${hold.projectId === null ? 'everything' : 'the project'} is ${hold.draining ? 'being drained' : 'paused'}`;
}

/** True for an agent of ours that is to leave now that it is free: its target, its project or everything is being drained. */
export function isLeaving(agent: FreeAgent, { holds }: Pick<Snapshot, 'holds'>): boolean {
  if (agent.targetId === null) return false;
  return agent.leaving === true || holds.some(({ projectId, draining }) => draining && (projectId === null || projectId === agent.projectId));
}
