import { z } from 'zod';
import { WeftEvent } from '../../src/domain/events/event.ts';
import { WorkId } from '../../src/domain/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { EVENTS_LIMIT_DEFAULT, EVENTS_LIMIT_MAX } from '../limits.ts';
import { wantsEventStream } from '../streams/event-stream.ts';
import { digits } from '../http/queries.ts';
import { Position, ResumeHeaders, ServerSentEvent, streamEvents } from '../streams/stream-events.ts';
import type { StreamDeps } from '../streams/stream-events.ts';
import type { ZodApp } from '../http/zod-app.ts';

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
  after: Position.exactOptional().meta({ description: 'For a stream: begin after this position.' }),
});

export function workEventsRoute(app: ZodApp, deps: ApiDeps & StreamDeps): void {
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
      headers: ResumeHeaders,
      response: {
        200: { description: 'Events of the item.', content: { 'application/json': { schema: WorkEvents }, 'text/event-stream': { schema: ServerSentEvent } } },
        ...ErrorReplies,
      },
    },
    handler: async (request, reply) => {
      const { afterSeq, limit, after = 0 } = request.query;
      const { id, projectId } = await findWork(deps.work, request, request.params.id);
      const selection = { projects: [projectId], entity: { type: 'work' as const, id } };
      if (wantsEventStream(request)) return streamEvents(deps, { request, reply }, { selection, after });
      const found = await deps.work.eventsOf(id, { afterSeq, limit: limit + 1 });
      const events = found.slice(0, limit);
      return reply.send({ workItemId: id, events, count: events.length, hasMore: found.length > limit, nextAfterSeq: events.at(-1)?.seq ?? afterSeq });
    },
  });
}
