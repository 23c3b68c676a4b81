import type { WorkItem } from './work-item.ts';

/** As much of an item as says with what its workflow is started. */
export type Briefed = Pick<
  WorkItem,
  'projectId' | 'phase' | 'capability' | 'boundary' | 'limits' | 'offeredAt' | 'notBefore' | 'attempts' | 'retries' | 'cancelRequestedAt'
>;

/** As much of an item as the start of its workflow needs. */
export type StartableWork = Pick<WorkItem, 'id' | 'status' | 'priority' | 'deadline'> & Briefed;
