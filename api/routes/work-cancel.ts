import { z } from 'zod';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { authorOf } from '../actors.ts';
import { cancelWork } from '../cancel-work.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../find-work.ts';
import type { ZodApp } from '../zod-app.ts';

const CancelBody = z.object({ reason: z.string().trim().min(1).max(1024).exactOptional() }).meta({ id: 'WorkCancel' });

const CancelResult = z
  .object({
    success: z.literal(true),
    message: z.string(),
    outcome: z.enum(['cancelling', 'already-settled']).meta({ description: 'already-settled: it had ended before; nothing was cancelled.' }),
    workItem: WorkItem,
  })
  .meta({ id: 'WorkCancelResult' });

export function cancelRoutes(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write' },
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
