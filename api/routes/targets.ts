import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listPositionOf, ListPosition } from '../../src/domain/targets/list-position.ts';
import { AgentType, Boundary, Capability, Target, TargetStatus, TargetUpdate } from '../../src/domain/targets/target.ts';
import { authorOf, chosenProject, namedProject } from '../access/actors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { foundTarget, shownTarget, targetRef } from '../access/find-target.ts';
import { IfMatch, withVersion } from '../http/if-match.ts';
import { ListQuery, PageFields, ProjectInQuery, TargetDone, TargetParams, TargetQuery } from '../http/queries.ts';
import { TargetRegistration, toNewTarget } from '../operations/register-target.ts';
import { targetChanged } from '../engine/target-changed.ts';
import type { ZodApp } from '../http/zod-app.ts';

const TargetList = z.object({ targets: z.array(Target), total: z.int().min(0), ...PageFields }).meta({ id: 'TargetList' });

const TargetListQuery = ListQuery.extend({
  type: AgentType.exactOptional(),
  status: TargetStatus.exactOptional(),
  capability: Capability.exactOptional(),
  boundary: Boundary.exactOptional(),
  classification: Boundary.exactOptional().meta({ description: 'The old name of `boundary`, which wins.', deprecated: true }),
});

const tags = ['targets'];

const TargetCursor = cursorOf(ListPosition);

/** `/api/targets`: register, list, look at, change and remove the places where agents can be started. */
export const targetRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  registerRoute(app, deps);
  listRoute(app, deps);
  targetRoute(app, deps);
  updateRoute(app, deps);
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
      description:
        'The answer, like every later one, shows secret values of `config` (`env`, headers, passwords) as `***`. ' +
        'Agents can be started on `local` targets; the others are kept and listed.',
      querystring: ProjectInQuery,
      body: TargetRegistration,
      response: { 201: Target, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const projectId = chosenProject(request, namedProject(request), deps.config.projectId);
      const target = await deps.targets.register(toNewTarget(request.body, { ...deps.config, projectId }), authorOf(request));
      await targetChanged(deps, request.log, { target });
      return reply.code(201).header('location', `/api/targets/${target.id}`).send(shownTarget(target));
    },
  });
}

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/targets',
    schema: {
      tags,
      operationId: 'listTargets',
      summary: 'List targets, those that can start agents first, then by name',
      description: 'Disabled ones are listed too. One that is enabled, disabled or checked between two pages may be seen twice or not at all.',
      querystring: TargetListQuery,
      response: { 200: TargetList, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const { projectId: named, type: agentType, classification, boundary = classification, status, capability } = request.query;
      if (classification !== undefined && request.query.boundary === undefined) reply.header('x-deprecated-param', 'classification (use boundary instead)');
      const projectId = chosenProject(request, named, deps.config.projectId);
      const given = withoutUndefined({ agentType, status, capability, boundary });
      const filter = { projectId, ...given };
      const page = readPage(request.query, filter, TargetCursor);
      const found = await deps.targets.list({ projectId, filter: given, page });
      const fields = pageFields(found, { positionOf: listPositionOf, limit: page.limit, filter });
      return { targets: found.items.map(shownTarget), total: found.total, ...fields };
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
      description: 'The ETag is its version, for `If-Match` of an update.',
      params: TargetParams,
      querystring: TargetQuery,
      response: { 200: Target, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const ref = targetRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const target = foundTarget(await deps.targets.find(ref), ref.idOrName);
      return reply.header('etag', `"${String(target.version)}"`).send(shownTarget(target));
    },
  });
}

function updateRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'PUT',
    config: { scope: 'targets:admin' },
    url: '/targets/:id',
    schema: {
      tags,
      operationId: 'updateTarget',
      summary: 'Change the given fields of a target',
      description:
        'Everything else stays; name, agent type and mechanism cannot be changed and are ignored. With `If-Match` or `version` ' +
        'it is refused with 409 when somebody else has changed the target meanwhile.',
      params: TargetParams,
      querystring: TargetQuery,
      headers: IfMatch,
      body: TargetUpdate,
      response: { 200: Target, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const ref = targetRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const update = withVersion(request.body, request.headers['if-match']);
      const target = foundTarget(await deps.targets.update(ref, update, authorOf(request)), ref.idOrName);
      await targetChanged(deps, request.log, { target });
      return reply.header('etag', `"${String(target.version)}"`).send(shownTarget(target));
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
      params: TargetParams,
      querystring: TargetQuery,
      response: { 200: TargetDone, ...ErrorReplies },
    },
    handler: async (request) => {
      const ref = targetRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const removed = foundTarget(await deps.targets.remove(ref, authorOf(request)), ref.idOrName);
      await targetChanged(deps, request.log, { removed });
      return { success: true as const, message: `Target ${removed.name} is removed: nothing is started there any more; agents that run there go on.` };
    },
  });
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends Readonly<Record<string, unknown>>>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>; // filtered above
}
