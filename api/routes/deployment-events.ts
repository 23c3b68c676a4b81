import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DeploymentId } from '../../src/domain/deployments/deployment.ts';
import { WeftEvent } from '../../src/domain/events/event.ts';
import { deploymentRef, foundDeployment } from '../access/find-deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { digits, TargetParams, TargetQuery } from '../http/queries.ts';
import { EVENTS_LIMIT_DEFAULT, EVENTS_LIMIT_MAX } from '../limits.ts';
import { wantsEventStream } from '../streams/event-stream.ts';
import { Position, ResumeHeaders, ServerSentEvent, streamEvents } from '../streams/stream-events.ts';
import type { StreamDeps } from '../streams/stream-events.ts';

const DeploymentEvents = z
  .object({
    deploymentId: DeploymentId,
    events: z.array(WeftEvent),
    count: z.int().min(0),
    hasMore: z.boolean(),
    nextAfterSeq: z.int().min(0).meta({ description: 'The `afterSeq` that continues after this page, now or when more has happened.' }),
  })
  .meta({ id: 'DeploymentEvents' });

const DeploymentEventsQuery = TargetQuery.extend({
  afterSeq: digits(z.int().min(0).max(2_147_483_647)).default(0),
  limit: digits(z.int().min(1).max(EVENTS_LIMIT_MAX)).default(EVENTS_LIMIT_DEFAULT),
  after: Position.exactOptional().meta({ description: 'For a stream: begin after this position.' }),
});

/** The history of a deployment. */
export const deploymentEventsRoutes: FastifyPluginCallbackZod<ApiDeps & StreamDeps> = (app, deps, done) => {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/deployments/:id/events',
    schema: {
      tags: ['deployments'],
      operationId: 'listDeploymentEvents',
      summary: 'What happened to a deployment and its replicas, in order',
      params: TargetParams,
      querystring: DeploymentEventsQuery,
      headers: ResumeHeaders,
      response: {
        200: {
          description: 'Events of the deployment.',
          content: { 'application/json': { schema: DeploymentEvents }, 'text/event-stream': { schema: ServerSentEvent } },
        },
        ...ErrorReplies,
      },
    },
    handler: async (request, reply) => {
      const { afterSeq, limit, after = 0, projectId: named } = request.query;
      const ref = deploymentRef(request, { idOrName: request.params.id, projectId: named }, deps.config.projectId);
      const { id, projectId } = foundDeployment(await deps.deployments.find(ref), ref.idOrName);
      const selection = { projects: [projectId], entity: { type: 'deployment' as const, id } };
      if (wantsEventStream(request)) return streamEvents(deps, { request, reply }, { selection, after });
      const found = await deps.deployments.eventsOf(id, { afterSeq, limit: limit + 1 });
      const events = found.slice(0, limit);
      return reply.send({ deploymentId: id, events, count: events.length, hasMore: found.length > limit, nextAfterSeq: events.at(-1)?.seq ?? afterSeq });
    },
  });
  done();
};
