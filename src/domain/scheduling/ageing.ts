import type { QueueEntry } from './snapshot.ts';

/**
 * Whoever waits this long counts as one level of priority more urgent: the least urgent item overtakes the most urgent
 * newcomer after nine steps. Shorter, and priority and fair turns would mean little beside age, as agents work for minutes.
 * The ledger orders its queue by the same step (column `rank_at`).
 */
export const AGEING_STEP_MS = 900_000;

/**
 * The place among the items of one submitter: the smaller the earlier. Since all age alike, it does not depend on the moment:
 * a level of priority is worth as much as one step of waiting, for ever.
 */
export function rankAtMs({ enqueuedAtMs, priority }: Pick<QueueEntry, 'enqueuedAtMs' | 'priority'>): number {
  return enqueuedAtMs - priority * AGEING_STEP_MS;
}

/**
 * How urgent an item is beside those of other submitters. It ages from the last time that its submitter was granted something
 * of the kind, not from its own beginning, so that a backlog that is served does not outgrow the newcomers.
 */
export function levelOf({ priority, enqueuedAtMs, lastGrantAtMs }: QueueEntry, nowMs: number): number {
  const sinceMs = Math.max(enqueuedAtMs, lastGrantAtMs ?? enqueuedAtMs);
  return priority + Math.max(0, Math.floor((nowMs - sinceMs) / AGEING_STEP_MS));
}

/** The order within one submitter; ties end by id. */
export function byRank(a: QueueEntry, b: QueueEntry): number {
  return rankAtMs(a) - rankAtMs(b) || (a.workId < b.workId ? -1 : Number(a.workId > b.workId));
}
