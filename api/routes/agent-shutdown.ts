import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { mayReach } from '../../src/domain/access/actor.ts';
import { BatchShutdown, Shutdown } from '../../src/domain/agents/batch-shutdown.ts';
import { authorOf, namedProject, requireReach } from '../access/actors.ts';
import { BatchFields } from '../operations/batch.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { actorOf } from '../plugins/authenticate.ts';
import { GuidParams, requireAgent } from '../access/require-agent.ts';
import { shutdownAgents, shutdownBatch } from '../operations/shutdown-agents.ts';
import { ProjectInQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const ShutdownResult = z.object({ success: z.literal(true), message: z.string(), graceful: z.boolean() }).meta({ id: 'AgentShutdownResult' });
const BatchShutdownResult = z.object({ ...BatchFields, shutdownAgents: z.array(z.string()), graceful: z.boolean() }).meta({ id: 'AgentBatchShutdownResult' });

const tags = ['agents'];

/** Asking agents to stop, one or many. */
export const agentShutdownRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  shutdownRoute(app, deps);
  batchRoute(app, deps);
  done();
};

function shutdownRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'agents:admin' },
    url: '/agents/:guid/shutdown',
    schema: {
      tags,
      operationId: 'shutdownAgent',
      summary: 'Ask an agent to stop',
      description: 'One that Weft started is stopped for certain, and its work goes on elsewhere. Others are told on NATS; whether they listen is theirs.',
      params: GuidParams,
      body: Shutdown,
      response: { 200: ShutdownResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const agent = await requireAgent(deps, request, request.params.guid);
      const { graceful, gracePeriodMs, reason } = request.body;
      await shutdownAgents(deps, { agents: [agent], request: { graceful, gracePeriodMs, reason, author: authorOf(request) } }, request.log);
      return { success: true as const, message: `Agent ${agent.guid} was asked to stop.`, graceful };
    },
  });
}

function batchRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'agents:admin' },
    url: '/agents/shutdown-batch',
    schema: {
      tags,
      operationId: 'shutdownAgents',
      summary: 'Ask many agents to stop',
      description: 'One that cannot be asked does not spare the others; the answer says what became of each.',
      querystring: ProjectInQuery,
      body: BatchShutdown,
      response: { 200: BatchShutdownResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const projectId = namedProject(request);
      if (projectId !== undefined) requireReach(request, projectId, `project ${projectId}`);
      const body = { ...request.body, ...(projectId === undefined ? {} : { projectId }) };
      const reaches = (projectId: string): boolean => mayReach(actorOf(request), projectId);
      return shutdownBatch(deps, { body, mayReach: reaches, author: authorOf(request) }, request.log);
    },
  });
}
