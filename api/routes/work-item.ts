import { WorkItem } from '../../src/domain/work/work-item.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../find-work.ts';
import type { ZodApp } from '../zod-app.ts';

export function itemRoutes(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id',
    schema: { tags: ['work'], operationId: 'getWork', summary: 'Look at a work item', params: WorkParams, response: { 200: WorkItem, ...ErrorReplies } },
    handler: (request) => findWork(deps.work, request, request.params.id),
  });
}
