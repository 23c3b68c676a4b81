import { z } from 'zod';
import { GivenTimestamp } from '../../src/domain/ids.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { BATCH_MAX } from '../../src/domain/work/batch-cancel.ts';
import { BatchRetry } from '../../src/domain/work/batch-retry.ts';
import { authorOf, batchOf } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { BatchFields } from '../operations/batch.ts';
import { retryBatch } from '../operations/retry-batch.ts';
import { retryWork } from '../operations/retry-work.ts';
import { ProjectInQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const RetryBody = z
  .object({ deadline: GivenTimestamp.nullable().exactOptional().meta({ description: 'A new deadline; null = none. Needed when the old one has passed.' }) })
  .meta({ id: 'WorkRetry' });

const RetryResult = z.object({ success: z.literal(true), message: z.string(), workItem: WorkItem }).meta({ id: 'WorkRetryResult' });

const BatchRetryResult = z
  .object({
    ...BatchFields,
    success: BatchFields.success.meta({ description: 'Driven again, or, in a dry run, those that would be.' }),
    notRetriable: z.array(z.string()).meta({ description: 'Of `failed`, those that have not failed, or whose deadline has passed.' }),
    dryRun: z.boolean(),
    hasMore: z.boolean().meta({ description: `True when the filter holds for more than the ${String(BATCH_MAX)} that were looked at; call again.` }),
  })
  .meta({ id: 'WorkBatchRetryResult' });

export function retryRoutes(app: ZodApp, deps: ApiDeps): void {
  retryRoute(app, deps);
  retryBatchRoute(app, deps);
}

function retryRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write' },
    url: '/work/:id/retry',
    schema: {
      tags: ['work'],
      operationId: 'retryWork',
      summary: 'Drive a failed work item again',
      description: 'Attempts and the total time count anew; the fence goes on. An item that has not failed is left alone (409).',
      params: WorkParams,
      body: RetryBody,
      response: { 200: RetryResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id: workId } = await findWork(deps.work, request, request.params.id);
      const workItem = await retryWork(deps, { workId, ...request.body, author: authorOf(request) }, request.log);
      return { success: true as const, message: `Work item ${workId} is driven again.`, workItem };
    },
  });
}

function retryBatchRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write' },
    url: '/work/retry-batch',
    schema: {
      tags: ['work'],
      operationId: 'retryWorkBatch',
      summary: 'Drive many failed work items again',
      description:
        'Each as by itself: under a new fence, with attempts and total time counted anew. One that cannot be driven again does not stop the others; ' +
        'the answer says why. `dryRun` only says it.',
      querystring: ProjectInQuery,
      body: BatchRetry,
      response: { 200: BatchRetryResult, ...ErrorReplies },
    },
    handler: (request) => retryBatch(deps, batchOf(request, deps.config.projectId), { log: request.log }),
  });
}
