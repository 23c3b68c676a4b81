import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { Host, HostGoneRequest } from '../../src/domain/hosts/host.ts';
import { HostId } from '../../src/domain/ids.ts';
import { authorOf } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import { PageFields, PageQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';
import { PARAM_CHARS_MAX } from '../limits.ts';
import { declareHostGone } from '../operations/declare-host-gone.ts';
import { actorOf } from '../plugins/authenticate.ts';

const HostList = z.object({ hosts: z.array(Host), ...PageFields }).meta({ id: 'HostList' });
const HostCursor = cursorOf(HostId);

const tags = ['hosts'];

/** `/api/hosts`: the machines whose workers start agents. */
export const hostRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  listRoute(app, deps);
  goneRoute(app, deps);
  done();
};

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/hosts',
    schema: {
      tags,
      operationId: 'listHosts',
      summary: 'List hosts in order of id',
      description: 'A caller that is bound to projects sees the hosts of their targets and agents, and of those only what is of these projects.',
      querystring: PageQuery,
      response: { 200: HostList, ...ErrorReplies },
    },
    handler: async (request) => {
      const { projects } = actorOf(request);
      const filter = { projects: projects === 'all' ? 'all' : projects.join(' ') };
      const page = readPage(request.query, filter, HostCursor);
      const found = await deps.hosts.list({ projects, page });
      return { hosts: [...found.items], ...pageFields(found, { positionOf: ({ id }) => id, limit: page.limit, filter }) };
    },
  });
}

function goneRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin', idempotency: 'repeatable' },
    url: '/hosts/:id/gone',
    schema: {
      tags,
      operationId: 'declareHostGone',
      summary: 'Say that a host does not come back',
      description:
        'Its agents are given up, though nobody can verify that they have ended: their places are free within moments, what they worked on goes on ' +
        'elsewhere, and deployments replace them. Refused (`HOST_IS_UP`) while its worker is there, and for 30 s after it was last heard of. ' +
        'Should the host come back all the same, it first stops the agents that were given up, and then serves again. ' +
        'Doing it again changes nothing. Only for tokens that are not bound to projects.',
      params: z.object({ id: z.string().max(PARAM_CHARS_MAX) }),
      body: HostGoneRequest,
      response: { 200: Host, ...ErrorReplies },
    },
    handler: async (request) => {
      if (actorOf(request).projects !== 'all') {
        throw new WeftError('FORBIDDEN', 'A host belongs to all projects: it is declared gone by a token that is not bound to some.');
      }
      const { id } = request.params;
      const wish = { reason: request.body.reason ?? null, author: authorOf(request) };
      const host = HostId.safeParse(id).success ? await declareHostGone(deps, { hostId: id, ...wish }, request.log) : null;
      if (host === null) throw new WeftError('NOT_FOUND', `There is no host ${id.slice(0, 64)}.`);
      return host;
    },
  });
}
