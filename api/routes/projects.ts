import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { GivenProjectId, ProjectId } from '../../src/domain/ids.ts';
import { Project, ProjectUpdate } from '../../src/domain/projects/project.ts';
import { authorOf, requireReach } from '../access/actors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest, ErrorReplies } from '../errors.ts';
import { etagOf, isNotModified } from '../http/etag.ts';
import { ENGINE_WAIT_MS, PARAM_CHARS_MAX } from '../limits.ts';
import { nudge } from '../engine/nudge.ts';
import { actorOf } from '../plugins/authenticate.ts';
import { PageFields, PageQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const ProjectList = z.object({ projects: z.array(Project), ...PageFields }).meta({ id: 'ProjectList' });
const IdParams = z.object({ id: z.string().max(PARAM_CHARS_MAX) });
const tags = ['access'];

const ProjectCursor = cursorOf(ProjectId);

/** `/api/projects`: the tenants, what they may hold, and where their work may go. */
export const projectRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  listRoute(app, deps);
  projectRoute(app, deps);
  updateRoute(app, deps);
  done();
};

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/projects',
    schema: {
      tags,
      operationId: 'listProjects',
      summary: 'List the projects that the caller reaches, in order of id',
      description: 'A project exists from its first use, the one of requests that name none from the start.',
      querystring: PageQuery,
      response: { 200: ProjectList, ...ErrorReplies },
    },
    handler: async (request) => {
      const { projects } = actorOf(request);
      const filter = { projects: projects === 'all' ? 'all' : projects.join(' ') };
      const page = readPage(request.query, filter, ProjectCursor);
      const found = await deps.projects.list(projects, page);
      return { projects: [...found.items], ...pageFields(found, { positionOf: ({ id }) => id, limit: page.limit, filter }) };
    },
  });
}

function projectRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/projects/:id',
    schema: {
      tags,
      operationId: 'getProject',
      summary: 'Look at a project, its own policy and what therefore holds',
      description: 'With an `ETag`; the same one in `If-None-Match` is answered with 304 while nothing has changed.',
      params: IdParams,
      response: { 200: Project, 304: z.null().meta({ description: 'Not modified.' }), ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      requireReach(request, id, projectCalled(id));
      const project = ProjectId.safeParse(id).success ? await deps.projects.find(id) : null;
      if (project === null) throw new WeftError('NOT_FOUND', `There is no ${projectCalled(id)}.`);
      if (isNotModified(request, reply, etagOf(project))) return reply.code(304).serializer(nothing).send(null);
      return project;
    },
  });
}

function updateRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'PUT',
    config: { scope: 'admin' },
    url: '/projects/:id',
    schema: {
      tags,
      operationId: 'updateProject',
      summary: 'Say what a project may hold and where its work may go',
      description:
        'Replaces the description and all that the project says itself; what it does not say is the default. It holds at once, also for items that ' +
        'wait: none of them goes where the new policy does not send it. Attempts that have begun go on. `slotsMax` is the operator’s: a token that ' +
        'is bound to projects cannot change it.',
      params: IdParams,
      body: ProjectUpdate,
      response: { 200: Project, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id } = request.params;
      requireReach(request, id, projectCalled(id));
      const given = GivenProjectId.safeParse(id);
      if (!given.success) throw badRequest(given.error.issues.map(({ message, code }) => ({ field: '/params/id', message, code })));
      const change = { projectId: id, update: request.body, mayChangeQuota: actorOf(request).projects === 'all' };
      const project = await deps.projects.update(change, authorOf(request));
      const missed = 'the coordinator was not woken; it looks by itself soon';
      await nudge(request.log, { missed, call: deps.engine.wakeCoordinator, timeoutMs: ENGINE_WAIT_MS });
      return project;
    },
  });
}

/** An answer without a body; the serializer would write `null`. */
function nothing(): string {
  return '';
}

function projectCalled(id: string): string {
  return `project ${id.slice(0, 64)}`;
}
