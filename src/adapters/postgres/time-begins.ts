import type { WorkItemRow } from './tables.ts';

/** From when on the total time of an item counts: not while it may not start. */
export function timeBeginsMs(row: Pick<WorkItemRow, 'offered_at' | 'retried_at' | 'not_before'>): number {
  return Math.max((row.retried_at ?? row.offered_at).getTime(), row.not_before?.getTime() ?? 0);
}
