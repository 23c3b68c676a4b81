import type { Briefed } from './startable-work.ts';
import type { WorkBrief } from './transition-results.ts';

/**
 * What the workflow of an item that was put into the queue when it was submitted is started with. Null: the workflow must have the item
 * admitted first, because it depends on others, nothing may take it, somebody wants it cancelled, or it is driven again.
 */
export function briefOf(item: Briefed): WorkBrief | null {
  if (item.phase !== 'waiting' || item.retries > 0 || item.cancelRequestedAt !== undefined) return null;
  const { projectId, capability, boundary, limits, attempts, offeredAt, notBefore = offeredAt } = item;
  const acceptedAtMs = Math.max(Date.parse(offeredAt), Date.parse(notBefore));
  return { projectId, capability, boundary, limits, acceptedAtMs, deadlineMs: null, attempts };
}
