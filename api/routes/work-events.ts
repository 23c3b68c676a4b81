import { z } from 'zod';
import { WorkId } from '../../src/domain/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import { wantsEventStream } from '../streams/event-stream.ts';
import { HistoryFields, historyPage, HistoryQuery } from '../http/history.ts';
import { ResumeHeaders, ServerSentEvent, streamEvents } from '../streams/stream-events.ts';
import type { StreamDeps } from '../streams/stream-events.ts';
import type { ZodApp } from '../http/zod-app.ts';

const WorkEvents = z.object({ workItemId: WorkId, ...HistoryFields }).meta({ id: 'WorkEvents' });

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
      querystring: HistoryQuery,
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
      const page = await historyPage({ afterSeq, limit }, (asked) => deps.work.eventsOf(id, asked));
      return reply.send({ workItemId: id, ...page });
    },
  });
}
