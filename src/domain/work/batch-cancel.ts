import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { AgentGuid, GivenProjectId } from '../ids.ts';
import { Boundary, Capability } from '../targets/target.ts';
import { WorkStatus } from './work-item.ts';

/** Items of one batch at most. */
export const BATCH_MAX = 1000;

const WorkBatchFilter = z
  .object({
    status: WorkStatus.exactOptional().meta({ description: 'Without it, items that have not ended.' }),
    boundary: Boundary.exactOptional(),
    capability: Capability.exactOptional(),
    minPriority: z.int().min(0).max(1000).exactOptional(),
    assignedTo: AgentGuid.exactOptional(),
  })
  .meta({ id: 'WorkBatchFilter' });

/** Body of `POST /api/work/cancel-batch`. */
export const BatchCancel = z
  .object({
    filter: WorkBatchFilter.exactOptional(),
    workItemIds: z
      .array(z.string().min(1).max(64))
      .max(BATCH_MAX)
      .exactOptional()
      .meta({ description: 'Of any project that the caller may see. With a filter as well, only those for which it holds.' }),
    reason: z.enum(['user-requested', 'deadline-passed', 'resource-constraint', 'system-shutdown']).default('user-requested'),
    reassign: z
      .boolean()
      .default(false)
      .meta({ description: 'Take the items from the agents that have them, for others to do; nothing is cancelled. What nobody has goes on waiting.' }),
    projectId: GivenProjectId.exactOptional(),
  })
  .refine(({ filter, workItemIds }) => filter !== undefined || workItemIds !== undefined, 'Either filter or workItemIds must be provided')
  .meta({ id: 'WorkBatchCancel' });
export type BatchCancel = z.infer<typeof BatchCancel>;

/** What became of one item of the batch. `waits`: it was to be taken from its agent, and no agent has it. */
export type BatchCancelOutcome =
  | { readonly kind: 'cancelled' | 'reassigned' | 'waits' }
  | { readonly kind: 'not-cancellable'; readonly status: WorkStatus }
  | { readonly kind: 'failed'; readonly message: string; readonly code: ErrorCode };

/** Why an item counts as failed; undefined when it does not. */
export function failureOf(outcome: BatchCancelOutcome, id: string): { readonly error: string; readonly code: ErrorCode } | undefined {
  switch (outcome.kind) {
    case 'cancelled':
    case 'reassigned':
    case 'waits':
      return undefined;
    case 'not-cancellable':
      return { error: `Work item ${id} cannot be cancelled in ${outcome.status} state.`, code: 'CONFLICT' };
    case 'failed':
      return { error: outcome.message, code: outcome.code };
  }
}
