import type { TargetId } from '../ids.ts';
import { canStart } from './can-start.ts';
import type { Target } from './target.ts';

/** How often a target is looked at by itself. */
export interface HealthSchedule {
  readonly targetId: TargetId;
  readonly intervalMs: number;
}

/** Null = it is not looked at: nobody wants it, nothing is started there anyway, or this version knows no way to look. */
export function healthScheduleOf({ id, status, mechanism, healthCheck }: Pick<Target, 'id' | 'status' | 'mechanism' | 'healthCheck'>): HealthSchedule | null {
  if (healthCheck?.enabled !== true || status === 'disabled' || !canStart(mechanism)) return null;
  return { targetId: id, intervalMs: wholeSeconds(healthCheck.intervalMs) };
}

/** Temporal's Schedules count whole seconds. */
export function wholeSeconds(intervalMs: number): number {
  return Math.ceil(intervalMs / 1000) * 1000;
}

/** Where in the interval a target's moment lies: the same for the same target, and spread over all of them, so that they do not come at once. */
export function offsetMsOf({ targetId, intervalMs }: HealthSchedule): number {
  return (Number.parseInt(targetId.replaceAll('-', '').slice(0, 12), 16) % (intervalMs / 1000)) * 1000;
}

/** What to do so that there is a Schedule for each wanted target, with its interval, and for no other. */
export function planSchedules(
  wanted: readonly HealthSchedule[],
  existing: readonly HealthSchedule[],
): { readonly set: readonly HealthSchedule[]; readonly remove: readonly TargetId[] } {
  const there = new Map(existing.map(({ targetId, intervalMs }) => [targetId, intervalMs]));
  const ids = new Set(wanted.map(({ targetId }) => targetId));
  return {
    set: wanted.filter(({ targetId, intervalMs }) => there.get(targetId) !== intervalMs),
    remove: existing.map(({ targetId }) => targetId).filter((targetId) => !ids.has(targetId)),
  };
}
