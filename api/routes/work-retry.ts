import { z } from 'zod';
import { GivenTimestamp } from '../../src/domain/ids.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { authorOf } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { retryWork } from '../operations/retry-work.ts';
import type { ZodApp } from '../http/zod-app.ts';

const RetryBody = z
  .object({ deadline: GivenTimestamp.nullable().exactOptional().meta({ description: 'A new deadline; null = none. Needed when the old one has passed.' }) })
  .meta({ id: 'WorkRetry' });

const RetryResult = z.object({ success: z.literal(true), message: z.string(), workItem: WorkItem }).meta({ id: 'WorkRetryResult' });

export function retryRoute(app: ZodApp, deps: ApiDeps): void {
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
