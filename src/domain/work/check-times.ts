import type { WorkItem } from './work-item.ts';

type Times = Pick<WorkItem, 'deadline' | 'notBefore'>;

/** Why no attempt could ever begin between these times; null when one could. */
export function whyNoTimeLeft({ deadline, notBefore }: Times, nowMs: number): string | null {
  if (deadline === undefined) return null;
  const deadlineMs = Date.parse(deadline);
  if (deadlineMs <= nowMs) return `has passed (it is ${toIso(nowMs)} now)`;
  return notBefore !== undefined && deadlineMs <= Date.parse(notBefore) ? 'is not after notBefore' : null;
}

/** Why an item that is not to start before this moment waits; null when the moment has come. */
export function whyNotBefore(notBeforeMs: number | null, nowMs: number): string | null {
  return notBeforeMs !== null && notBeforeMs > nowMs ? `waits until ${toIso(notBeforeMs)}` : null;
}

function toIso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
