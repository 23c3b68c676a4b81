import { z } from 'zod';
import { WeftEvent } from '../../src/domain/events/event.ts';
import { WorkId } from '../../src/domain/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../find-work.ts';
import { EVENTS_LIMIT_DEFAULT, EVENTS_LIMIT_MAX } from '../limits.ts';
import { digits } from '../queries.ts';
import type { ZodApp } from '../zod-app.ts';

const WorkEvents = z
  .object({
    workItemId: WorkId,
    events: z.array(WeftEvent),
    count: z.int().min(0),
    hasMore: z.boolean(),
    nextAfterSeq: z.int().min(0).meta({ description: 'The `afterSeq` that continues after this page, now or when more has happened.' }),
  })
  .meta({ id: 'WorkEvents' });

const WorkEventsQuery = z.object({
  afterSeq: digits(z.int().min(0).max(2_147_483_647)).default(0),
  limit: digits(z.int().min(1).max(EVENTS_LIMIT_MAX)).default(EVENTS_LIMIT_DEFAULT),
});

export function workEventsRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id/events',
    schema: {
      tags: ['work'],
      operationId: 'listWorkEvents',
      summary: 'What happened to a work item, in order',
      params: WorkParams,
      querystring: WorkEventsQuery,
      response: { 200: WorkEvents, ...ErrorReplies },
    },
    handler: async (request) => {
      const { afterSeq, limit } = request.query;
      const { id } = await findWork(deps.work, request, request.params.id);
      const found = await deps.work.eventsOf(id, { afterSeq, limit: limit + 1 });
      const events = found.slice(0, limit);
      return { workItemId: id, events, count: events.length, hasMore: found.length > limit, nextAfterSeq: events.at(-1)?.seq ?? afterSeq };
    },
  });
}
