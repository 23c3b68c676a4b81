import type { FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EventName, WeftEvent } from '../../src/domain/events/event.ts';
import type { EventSelection } from '../../src/domain/events/event-selection.ts';
import { EventTopic, namesOf } from '../../src/domain/events/topic.ts';
import { ProjectId } from '../../src/domain/ids.ts';
import { requireReach } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { wantsEventStream } from '../streams/event-stream.ts';
import { EVENTS_LIMIT_DEFAULT, EVENTS_LIMIT_MAX } from '../limits.ts';
import { actorOf } from '../plugins/authenticate.ts';
import { digits } from '../http/queries.ts';
import { Position, ResumeHeaders, ServerSentEvent, streamEvents } from '../streams/stream-events.ts';
import type { StreamDeps } from '../streams/stream-events.ts';

const EventsQuery = z.object({
  projectId: ProjectId.exactOptional(),
  topic: EventTopic.exactOptional(),
  type: EventName.exactOptional(),
  after: Position.exactOptional().meta({ description: 'Events after this position. Without it a page begins at the beginning, a stream now.' }),
  limit: digits(z.int().min(1).max(EVENTS_LIMIT_MAX)).default(EVENTS_LIMIT_DEFAULT),
});

const EventPage = z
  .object({
    events: z.array(WeftEvent),
    count: z.int().min(0),
    hasMore: z.boolean(),
    nextAfter: z.int().min(0).meta({ description: 'The `after` that continues after this page, now or when more has happened.' }),
  })
  .meta({ id: 'EventPage' });

/** `/api/events`: everything that happened in the projects that the caller reaches. */
export const eventRoutes: FastifyPluginCallbackZod<ApiDeps & StreamDeps> = (app, deps, done) => {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/events',
    schema: {
      tags: ['events'],
      operationId: 'listEvents',
      summary: 'What happened, in order',
      description: 'With `Accept: text/event-stream` the events follow as they happen; `Last-Event-ID` resumes after a position, whatever happened meanwhile.',
      headers: ResumeHeaders,
      querystring: EventsQuery,
      response: {
        200: { description: 'Events.', content: { 'application/json': { schema: EventPage }, 'text/event-stream': { schema: ServerSentEvent } } },
        ...ErrorReplies,
      },
    },
    handler: async (request, reply) => {
      const { after, limit } = request.query;
      const selection = selectionOf(request, request.query);
      if (wantsEventStream(request)) return streamEvents(deps, { request, reply }, { selection, after });
      const found = await deps.history.readAfter({ after: after ?? 0, limit: limit + 1 }, selection);
      const events = found.slice(0, limit);
      return reply.send({ events, count: events.length, hasMore: found.length > limit, nextAfter: events.at(-1)?.position ?? after ?? 0 });
    },
  });
  done();
};

function selectionOf(request: FastifyRequest, { projectId, topic, type }: z.infer<typeof EventsQuery>): EventSelection {
  if (projectId !== undefined) requireReach(request, projectId, `project ${projectId}`);
  const projects = projectId === undefined ? actorOf(request).projects : [projectId];
  const names = topic === undefined ? EventName.options : namesOf(topic);
  if (topic === undefined && type === undefined) return { projects };
  return { projects, types: type === undefined ? names : names.filter((name) => name === type) };
}
