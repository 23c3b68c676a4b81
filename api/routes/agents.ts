import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { mayReach } from '../../src/domain/access/actor.ts';
import { Agent, AgentStatus } from '../../src/domain/agents/agent.ts';
import { matchesFilter } from '../../src/domain/agents/merge-agents.ts';
import { AgentGuid } from '../../src/domain/ids.ts';
import { Capability } from '../../src/domain/targets/target.ts';
import { requireReach } from '../access/actors.ts';
import { listAgents, pageOfAgents } from '../operations/agents.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { actorOf } from '../plugins/authenticate.ts';
import { ListQuery, PageFields } from '../http/queries.ts';
import { GuidParams, requireAgent } from '../access/require-agent.ts';
import type { ZodApp } from '../http/zod-app.ts';

const AgentList = z
  .object({ agents: z.array(Agent), ...PageFields, total: z.int().min(0).meta({ description: 'How many agents match, over all pages.' }) })
  .meta({ id: 'AgentList' });

const AgentListQuery = ListQuery.extend({
  type: z.string().trim().min(1).max(64).exactOptional().meta({ description: 'Agent type; foreign agents bring types of their own.' }),
  status: AgentStatus.exactOptional(),
  capability: Capability.exactOptional(),
});

const tags = ['agents'];

const AgentCursor = cursorOf(AgentGuid);

/** `/api/agents`: who is there, whoever started it. */
export const agentRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  listRoute(app, deps);
  agentRoute(app, deps);
  done();
};

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/agents',
    schema: {
      tags,
      operationId: 'listAgents',
      summary: 'List agents in order of GUID',
      description: 'Without `projectId` those of all projects that the caller may see.',
      querystring: AgentListQuery,
      response: { 200: AgentList, ...ErrorReplies },
    },
    handler: async (request) => {
      const { type: agentType, status, capability, projectId, ...paging } = request.query;
      if (projectId !== undefined) requireReach(request, projectId, `project ${projectId}`);
      const actor = actorOf(request);
      const filter = Object.fromEntries(Object.entries({ agentType, status, capability, projectId }).filter(([, value]) => value !== undefined));
      const page = readPage(paging, filter, AgentCursor);
      const found = (await listAgents(deps)).filter(
        (agent) => matchesFilter(agent, filter) && mayReach(actor, agent.projectId) && (projectId ?? agent.projectId) === agent.projectId,
      );
      const listed = pageOfAgents(found, page);
      return {
        agents: [...listed.items],
        ...pageFields(listed, { positionOf: ({ guid }) => guid, limit: page.limit, filter }),
        total: found.length,
      };
    },
  });
}

function agentRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/agents/:guid',
    schema: { tags, operationId: 'getAgent', summary: 'Look at an agent', params: GuidParams, response: { 200: Agent, ...ErrorReplies } },
    handler: (request) => requireAgent(deps, request, request.params.guid),
  });
}
