import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DeploymentId } from '../../src/domain/deployments/deployment.ts';
import { deploymentRef, foundDeployment } from '../access/find-deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { HistoryFields, historyPage, HistoryQuery } from '../http/history.ts';
import { TargetParams, TargetQuery } from '../http/queries.ts';
import { wantsEventStream } from '../streams/event-stream.ts';
import { ResumeHeaders, ServerSentEvent, streamEvents } from '../streams/stream-events.ts';
import type { StreamDeps } from '../streams/stream-events.ts';

const DeploymentEvents = z.object({ deploymentId: DeploymentId, ...HistoryFields }).meta({ id: 'DeploymentEvents' });

const DeploymentEventsQuery = TargetQuery.extend(HistoryQuery.shape);

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
      const page = await historyPage({ afterSeq, limit }, (asked) => deps.deployments.eventsOf(id, asked));
      return reply.send({ deploymentId: id, ...page });
    },
  });
  done();
};
