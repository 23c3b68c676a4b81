import type { FastifyBaseLogger } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { ProjectId } from '../../src/domain/ids.ts';
import { Target } from '../../src/domain/targets/target.ts';
import { authorOf, chosenProject } from '../actors.ts';
import { pageFields, readPage } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorBody } from '../errors.ts';
import { ENGINE_WAIT_MS, PARAM_CHARS_MAX } from '../limits.ts';
import { maskConfig } from '../../src/domain/targets/mask-config.ts';
import { nudge } from '../nudge.ts';
import { ListQuery, PageFields } from '../queries.ts';
import { TargetRegistration, toNewTarget } from '../register-target.ts';
import type { ZodApp } from '../zod-app.ts';

const TargetList = z.object({ targets: z.array(Target), ...PageFields }).meta({ id: 'TargetList' });
const RemoveResult = z.object({ success: z.literal(true), message: z.string() }).meta({ id: 'TargetRemoveResult' });

/** The list is in order of name, so a name is the position. */
const TargetPosition = z.string().min(1).max(128);

const NameParams = z.object({ id: z.string().max(PARAM_CHARS_MAX).meta({ description: 'Id or name.' }) });
const ProjectQuery = z.object({ projectId: ProjectId.exactOptional() });
const errors = { '4xx': ErrorBody, '5xx': ErrorBody };
const tags = ['targets'];

/** `/api/targets`: register, list, look at and remove the places where agents can be started. */
export const targetRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  registerRoute(app, deps);
  listRoute(app, deps);
  targetRoute(app, deps);
  removeRoute(app, deps);
  done();
};

function registerRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin' },
    url: '/targets',
    schema: {
      tags,
      operationId: 'registerTarget',
      summary: 'Register a target',
      description: 'The answer, like every later one, shows secret values of `config` (`env`, headers, passwords) as `***`.',
      body: TargetRegistration,
      response: { 201: Target, ...errors },
    },
    handler: async (request, reply) => {
      const target = await deps.targets.register(
        toNewTarget(request.body, { ...deps.config, projectId: chosenProject(request, request.body.projectId, deps.config.projectId) }),
        authorOf(request),
      );
      await wakeCoordinator(deps, request.log);
      return reply.code(201).header('location', `/api/targets/${target.id}`).send(shown(target));
    },
  });
}

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/targets',
    schema: { tags, operationId: 'listTargets', summary: 'List targets in order of name', querystring: ListQuery, response: { 200: TargetList, ...errors } },
    handler: async (request) => {
      const projectId = chosenProject(request, request.query.projectId, deps.config.projectId);
      const page = readPage(request.query, { projectId }, TargetPosition);
      const found = await deps.targets.list(projectId, page);
      return { targets: found.items.map(shown), ...pageFields(found, { positionOf: ({ name }) => name, limit: page.limit, filter: { projectId } }) };
    },
  });
}

function targetRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/targets/:id',
    schema: {
      tags,
      operationId: 'getTarget',
      summary: 'Look at a target',
      params: NameParams,
      querystring: ProjectQuery,
      response: { 200: Target, ...errors },
    },
    handler: async (request) => {
      const projectId = chosenProject(request, request.query.projectId, deps.config.projectId);
      const target = await deps.targets.find(projectId, request.params.id);
      if (target === null) throw notFound(request.params.id);
      return shown(target);
    },
  });
}

function removeRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    config: { scope: 'targets:admin' },
    url: '/targets/:id',
    schema: {
      tags,
      operationId: 'removeTarget',
      summary: 'Remove a target',
      description: 'Nothing is started there any more; agents that run there go on.',
      params: NameParams,
      querystring: ProjectQuery,
      response: { 200: RemoveResult, ...errors },
    },
    handler: async (request) => {
      const projectId = chosenProject(request, request.query.projectId, deps.config.projectId);
      const { id } = request.params;
      if (!(await deps.targets.remove(projectId, id, authorOf(request)))) throw notFound(id);
      await wakeCoordinator(deps, request.log);
      return { success: true as const, message: `Target ${id} is removed: nothing is started there any more; agents that run there go on.` };
    },
  });
}

/** Places have changed, so who waits may be served now rather than at the coordinator's next look. */
async function wakeCoordinator({ engine }: ApiDeps, log: FastifyBaseLogger): Promise<void> {
  await nudge(log, { missed: 'the coordinator was not woken; it looks by itself soon', call: engine.wakeCoordinator, timeoutMs: ENGINE_WAIT_MS });
}

function shown(target: Target): Target {
  return { ...target, config: maskConfig(target.config) };
}

function notFound(idOrName: string): WeftError {
  return new WeftError('NOT_FOUND', `There is no target ${idOrName.slice(0, 128)}.`);
}
