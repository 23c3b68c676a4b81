import { z } from 'zod';
import { Fence, WorkId } from '../../src/domain/ids.ts';
import { WorkAttempt } from '../../src/domain/work/attempt.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { digits } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';
import { ATTEMPTS_LIMIT_DEFAULT, ATTEMPTS_LIMIT_MAX, FENCE_MAX } from '../limits.ts';

const WorkAttempts = z
  .object({
    workItemId: WorkId,
    attempts: z.array(WorkAttempt).meta({ description: 'The newest first.' }),
    count: z.int().min(0),
    hasMore: z.boolean(),
    nextBeforeFence: Fence.nullable().meta({ description: 'The `beforeFence` that continues with older ones.' }),
  })
  .meta({ id: 'WorkAttempts' });

const AttemptsQuery = z.object({
  beforeFence: digits(z.int().min(1).max(FENCE_MAX)).default(FENCE_MAX).meta({ description: 'Only attempts under older fences.' }),
  limit: digits(z.int().min(1).max(ATTEMPTS_LIMIT_MAX)).default(ATTEMPTS_LIMIT_DEFAULT),
});

export function workAttemptsRoute(app: ZodApp, { work }: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id/attempts',
    schema: {
      tags: ['work'],
      operationId: 'listWorkAttempts',
      summary: 'The attempts of a work item, where each was made and how it ended',
      description: 'Those before it was driven again included.',
      params: WorkParams,
      querystring: AttemptsQuery,
      response: { 200: WorkAttempts, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id } = await findWork(work, request, request.params.id);
      const { beforeFence, limit } = request.query;
      const found = await work.attemptsOf(id, { beforeFence, limit: limit + 1 });
      const attempts = found.slice(0, limit);
      const hasMore = found.length > limit;
      return { workItemId: id, attempts, count: attempts.length, hasMore, nextBeforeFence: hasMore ? (attempts.at(-1)?.fence ?? null) : null };
    },
  });
}
