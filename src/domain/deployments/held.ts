import type { ProjectId } from '../ids.ts';
import type { Hold } from '../scheduling/snapshot.ts';

/** What holds a deployment up from outside, as it was when it was last looked at. */
export type Held = 'project-paused' | 'project-draining' | 'everything-paused' | 'everything-draining';

/** A drain asks for more than a pause, so it is told first; then what concerns everybody. */
export function strongestHold<H extends Hold>(holds: readonly H[], projectId: ProjectId): H | null {
  const own = holds.filter((hold) => hold.projectId === null || hold.projectId === projectId);
  const rank = ({ draining, projectId: of }: Hold): number => (draining ? 0 : 2) + (of === null ? 0 : 1);
  return own.reduce<H | null>((best, hold) => (best === null || rank(hold) < rank(best) ? hold : best), null);
}

export function toHeld({ projectId, draining }: Hold): Held {
  return `${projectId === null ? 'everything' : 'project'}-${draining ? 'draining' : 'paused'}`;
}

export function isDraining(held: Held | null): boolean {
  return held === 'project-draining' || held === 'everything-draining';
}

const SAID: Readonly<Record<Held, string>> = {
  'project-paused': 'Its project is paused',
  'project-draining': 'Its project is being drained',
  'everything-paused': 'Everything is paused',
  'everything-draining': 'Everything is being drained',
};

export function sayHeld(held: Held): string {
  return SAID[held];
}
