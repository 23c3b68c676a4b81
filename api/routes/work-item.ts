import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { GivenTimestamp } from '../../src/domain/ids.ts';
import { Priority, WorkItem } from '../../src/domain/work/work-item.ts';
import { authorOf } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from '../engine/nudge.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';
import type { ZodApp } from '../http/zod-app.ts';

const UpdateBody = z
  .object({ priority: Priority.exactOptional(), deadline: GivenTimestamp.nullable().exactOptional().meta({ description: 'null = none.' }) })
  .refine(({ priority, deadline }) => priority !== undefined || deadline !== undefined, 'must name a priority or a deadline')
  .meta({ id: 'WorkUpdate' });

/** One item: looked at, and changed. */
export function itemRoutes(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id',
    schema: { tags: ['work'], operationId: 'getWork', summary: 'Look at a work item', params: WorkParams, response: { 200: WorkItem, ...ErrorReplies } },
    handler: (request) => findWork(deps.work, request, request.params.id),
  });
  app.route({
    method: 'PATCH',
    config: { scope: 'work:write' },
    url: '/work/:id',
    schema: {
      tags: ['work'],
      operationId: 'updateWork',
      summary: 'Change the priority or the deadline of a work item',
      description: 'For items that have not ended. An item past its deadline gets no agent any more, and fails within the interval of the reconciler.',
      params: WorkParams,
      body: UpdateBody,
      response: { 200: WorkItem, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id } = await findWork(deps.work, request, request.params.id);
      const updated = await deps.work.update(id, { change: request.body, author: authorOf(request) });
      if (updated.kind === 'not-found') throw new WeftError('NOT_FOUND', `There is no work item ${id}.`);
      if (updated.kind === 'already-settled') throw new WeftError('CONFLICT', `Work item ${id} is in ${updated.item.status} state and cannot be changed.`);
      if (updated.kind === 'updated') {
        const { item } = updated;
        const missed = 'the workflow was not told of the change; its search attributes are those from before';
        await Promise.all([
          wakeCoordinator(deps, request.log),
          nudge(request.log, { missed, call: () => deps.engine.changeWork(item), timeoutMs: ENGINE_WAIT_MS }),
        ]);
      }
      return updated.item;
    },
  });
}
