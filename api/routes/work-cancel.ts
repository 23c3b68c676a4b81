import { z } from 'zod';
import { BATCH_MAX, BatchCancel } from '../../src/domain/work/batch-cancel.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { authorOf, batchOf } from '../access/actors.ts';
import { BatchFields } from '../operations/batch.ts';
import { cancelBatch } from '../operations/cancel-batch.ts';
import { cancelWork } from '../operations/cancel-work.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { ProjectInQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const CancelBody = z.object({ reason: z.string().trim().min(1).max(1024).exactOptional() }).meta({ id: 'WorkCancel' });

const CancelResult = z
  .object({
    success: z.literal(true),
    message: z.string(),
    outcome: z.enum(['cancelling', 'already-settled']).meta({ description: 'already-settled: it had ended before; nothing was cancelled.' }),
    workItem: WorkItem,
  })
  .meta({ id: 'WorkCancelResult' });

const BatchCancelResult = z
  .object({
    ...BatchFields,
    cancelledItems: z.array(z.string()),
    reassignedItems: z.array(z.string()).meta({ description: 'Taken from the agents that had them.' }),
    waitingItems: z
      .array(z.string())
      .meta({ description: 'Nothing was done to them: they were to be taken from their agents, and no agent has them. They keep their places.' }),
    notCancellable: z.array(z.string()).meta({ description: 'Those that had ended before.' }),
    hasMore: z.boolean().meta({ description: `True when the filter holds for more than the ${String(BATCH_MAX)} that were looked at; call again.` }),
  })
  .meta({ id: 'WorkBatchCancelResult' });

export function cancelRoutes(app: ZodApp, deps: ApiDeps): void {
  cancelRoute(app, deps);
  cancelBatchRoute(app, deps);
}

function cancelRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write', idempotency: 'repeatable' },
    url: '/work/:id/cancel',
    schema: {
      tags: ['work'],
      operationId: 'cancelWork',
      summary: 'Cancel a work item',
      description: 'The wish is recorded first and holds from then on. An item that has already ended stays as it is; the answer says so.',
      params: WorkParams,
      body: CancelBody,
      response: { 200: CancelResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id: workId } = await findWork(deps.work, request, request.params.id);
      const { reason = 'cancelled through the API' } = request.body;
      return { success: true as const, ...(await cancelWork(deps, { workId, reason, author: authorOf(request) }, request.log)) };
    },
  });
}

function cancelBatchRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write' },
    url: '/work/cancel-batch',
    schema: {
      tags: ['work'],
      operationId: 'cancelWorkBatch',
      summary: 'Cancel many work items, or take them from their agents',
      description: 'One item that cannot be cancelled does not stop the others; the answer says what became of each.',
      querystring: ProjectInQuery,
      body: BatchCancel,
      response: { 200: BatchCancelResult, ...ErrorReplies },
    },
    handler: (request) => cancelBatch(deps, batchOf(request, deps.config.projectId), { log: request.log }),
  });
}
