import { z } from 'zod';
import { GivenProjectId, GivenTimestamp } from '../ids.ts';
import { Boundary, Capability } from '../targets/target.ts';
import { BATCH_MAX } from './batch-cancel.ts';
import { DeadLetterClass } from './outcome.ts';
import type { WorkItem } from './work-item.ts';

const WorkRetryFilter = z
  .object({
    status: z.literal('failed').exactOptional().meta({ description: 'Only failed items are driven again; it may be said or left out.' }),
    failureClass: DeadLetterClass.exactOptional(),
    boundary: Boundary.exactOptional(),
    capability: Capability.exactOptional(),
    minPriority: z.int().min(0).max(1000).exactOptional(),
    updatedAfter: GivenTimestamp.exactOptional().meta({ description: 'Failed at this moment or later.' }),
    updatedBefore: GivenTimestamp.exactOptional(),
  })
  .meta({ id: 'WorkRetryFilter' });

/** Body of `POST /api/work/retry-batch`. */
export const BatchRetry = z
  .object({
    filter: WorkRetryFilter.exactOptional(),
    workItemIds: z
      .array(z.string().min(1).max(64))
      .max(BATCH_MAX)
      .exactOptional()
      .meta({ description: 'Of any project that the caller may see. With a filter as well, only those for which it holds.' }),
    deadline: GivenTimestamp.nullable()
      .exactOptional()
      .meta({ description: 'A new deadline for all of them; null = none. Items whose own has passed need it.' }),
    dryRun: z.boolean().default(false).meta({ description: 'Only say which would be driven again, and why the others would not.' }),
    projectId: GivenProjectId.exactOptional(),
  })
  .refine(({ filter, workItemIds }) => filter !== undefined || workItemIds !== undefined, 'Either filter or workItemIds must be provided')
  .meta({ id: 'WorkBatchRetry' });
export type BatchRetry = z.infer<typeof BatchRetry>;

/** What a retry looks at. */
export type Retriable = Pick<WorkItem, 'status' | 'phase'> & { readonly deadlineMs: number | null };

export type RetryVerdict = 'retriable' | 'not-failed' | 'deadline-passed';

/** Whether an item may be driven again now, with the deadline that is given (`undefined`: its own). */
export function judgeRetry(item: Retriable, { deadline, nowMs }: { deadline: string | null | undefined; nowMs: number }): RetryVerdict {
  if (item.phase !== 'dead-lettered') return 'not-failed';
  const deadlineMs = deadline === undefined ? item.deadlineMs : deadline === null ? null : Date.parse(deadline);
  return deadlineMs !== null && deadlineMs <= nowMs ? 'deadline-passed' : 'retriable';
}

/** Why an item is not driven again, for a person; undefined when it is. */
export function whyNotRetried(verdict: RetryVerdict, { id, status, phase }: Pick<WorkItem, 'id' | 'status' | 'phase'>): string | undefined {
  switch (verdict) {
    case 'retriable':
      return undefined;
    case 'not-failed':
      return `Work item ${id} is in ${status} state (${phase}); only a failed one is driven again.`;
    case 'deadline-passed':
      return `The deadline of work item ${id} has passed; give a new one, or null for none.`;
  }
}
