import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { GivenTimestamp } from '../../src/domain/ids.ts';
import { Priority, WorkItem } from '../../src/domain/work/work-item.ts';
import type { UpdateResult } from '../../src/ports/ledger/work-ledger.ts';
import { authorOf } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest, ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from '../engine/nudge.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';
import type { ZodApp } from '../http/zod-app.ts';

const UpdateBody = z
  .object({
    priority: Priority.exactOptional(),
    deadline: GivenTimestamp.nullable().exactOptional().meta({ description: 'null = none.' }),
    notBefore: GivenTimestamp.nullable().exactOptional().meta({ description: 'Of an item that has not started; null = now.' }),
  })
  .refine(
    ({ priority, deadline, notBefore }) => priority !== undefined || deadline !== undefined || notBefore !== undefined,
    'must name a priority, a deadline or a notBefore',
  )
  .meta({ id: 'WorkUpdate' });

function assertChanged(result: Exclude<UpdateResult, { kind: 'not-found' }>): void {
  const { kind, item } = result;
  if (kind === 'already-settled') throw new WeftError('CONFLICT', `Work item ${item.id} is in ${item.status} state and cannot be changed.`);
  if (kind === 'already-started') throw new WeftError('CONFLICT', `Work item ${item.id} has started; its notBefore cannot be changed any more.`);
  if (kind === 'no-time-left') throw badRequest([{ field: `/body/${result.field}`, message: result.message, code: 'invalid_value' }]);
}

/** One item: looked at, and changed. */
export function itemRoutes(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read', boundedByLedger: true },
    url: '/work/:id',
    schema: { tags: ['work'], operationId: 'getWork', summary: 'Look at a work item', params: WorkParams, response: { 200: WorkItem, ...ErrorReplies } },
    handler: (request) => findWork({ find: deps.work.findPlaced }, request, request.params.id),
  });
  app.route({
    method: 'PATCH',
    config: { scope: 'work:write' },
    url: '/work/:id',
    schema: {
      tags: ['work'],
      operationId: 'updateWork',
      summary: 'Change the priority, the deadline or the earliest start of a work item',
      description:
        'For items that have not ended. A deadline that has passed is refused. An item past its deadline gets no agent any more, and fails within moments.',
      params: WorkParams,
      body: UpdateBody,
      response: { 200: WorkItem, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id } = await findWork(deps.work, request, request.params.id);
      const updated = await deps.work.update(id, { change: request.body, author: authorOf(request) });
      if (updated.kind === 'not-found') throw new WeftError('NOT_FOUND', `There is no work item ${id}.`);
      assertChanged(updated);
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
