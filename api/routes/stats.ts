import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { mayReach } from '../../src/domain/access/actor.ts';
import { ProjectId, Timestamp } from '../../src/domain/ids.ts';
import { Stats } from '../../src/domain/stats/stats.ts';
import { Activity } from '../../src/domain/holds/hold.ts';
import type { ApiDeps } from '../deps.ts';
import { requireReach } from '../access/actors.ts';
import { ErrorReplies } from '../errors.ts';
import { actorOf } from '../plugins/authenticate.ts';
import { isNotModified } from '../http/etag.ts';
import { md5TagOf } from '../operations/stats.ts';
import type { StatsReader } from '../operations/stats.ts';

const StatsAnswer = z
  .object({
    timestamp: Timestamp,
    ...Stats.shape,
    activity: Activity.meta({ description: 'Of everything; a project that is held up by itself says so in itself.' }),
  })
  .meta({ id: 'StatsAnswer' });
const ProjectList = z.object({ timestamp: Timestamp, projects: z.array(ProjectId), count: z.int().min(0) }).meta({ id: 'ProjectNames' });
const Unchanged = z.null().meta({ description: 'Not changed since the answer with this ETag.' });

const StatsQuery = z.object({ projectId: ProjectId.exactOptional().meta({ description: 'Only this project; else all that the caller may see.' }) });
const tags = ['stats'];
const description = 'The ETag says whether anything but the time has changed: `If-None-Match` with it gives 304.';

/** `/api/stats`: counts of everything, and the projects there are. */
export const statsRoutes: FastifyPluginCallbackZod<{ readStats: StatsReader } & Pick<ApiDeps, 'holds'>> = (app, { readStats, holds }, done) => {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/stats',
    schema: {
      tags,
      operationId: 'getStats',
      summary: 'Count everything',
      description,
      querystring: StatsQuery,
      response: { 200: StatsAnswer, 304: Unchanged, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const stats = await readStats(isWanted(request, request.query.projectId));
      return answerTagged(request, reply, { ...stats, activity: await holds.readActivity() });
    },
  });

  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/stats/projects',
    schema: {
      tags,
      operationId: 'listProjectNames',
      summary: 'Name the projects',
      description,
      response: { 200: ProjectList, 304: Unchanged, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const projects = Object.keys((await readStats(isWanted(request, undefined))).byProject);
      return answerTagged(request, reply, { projects, count: projects.length });
    },
  });

  done();
};

function isWanted(request: FastifyRequest, only: ProjectId | undefined): (projectId: ProjectId) => boolean {
  if (only !== undefined) requireReach(request, only, `project ${only}`);
  const actor = actorOf(request);
  return (projectId) => (only === undefined || projectId === only) && mayReach(actor, projectId);
}

/** The data with the time of the answer, or 304 when the client has it already. */
function answerTagged(request: FastifyRequest, reply: FastifyReply, data: object): FastifyReply {
  const etag = md5TagOf(data);
  void reply.header('cache-control', 'max-age=30, must-revalidate');
  if (isNotModified(request, reply, etag)) return reply.code(304).send();
  return reply.send({ timestamp: new Date().toISOString(), ...data });
}
