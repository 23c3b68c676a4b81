import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { GivenTimestamp, ProjectId } from '../../src/domain/ids.ts';
import { SpinUpId, TrackedSpinUp } from '../../src/domain/spin-ups/spin-up.ts';
import { authorOf, requireReach } from '../access/actors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { foundTarget, targetRef } from '../access/find-target.ts';
import { PARAM_CHARS_MAX } from '../limits.ts';
import { ListQuery, PageFields } from '../http/queries.ts';
import { requestSpinUp, SpinUpAck } from '../operations/request-spin-up.ts';
import type { ZodApp } from '../http/zod-app.ts';

const SpinUpList = z.object({ spinUps: z.array(TrackedSpinUp), ...PageFields }).meta({ id: 'SpinUpList' });
const SpinUpPosition = z.object({ requestedAt: GivenTimestamp, id: SpinUpId });
const SpinUpCursor = cursorOf(SpinUpPosition);

const TargetParams = z.object({ id: z.string().max(PARAM_CHARS_MAX).meta({ description: 'Id or name of the target.' }) });
const ProjectQuery = z.object({ projectId: ProjectId.exactOptional() });
const tags = ['spin-ups'];

/** Starting agents without a work item, and what became of it. */
export const spinUpRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  requestRoute(app, deps);
  spinUpRoute(app, deps);
  listRoute(app, deps);
  done();
};

function requestRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin' },
    url: '/targets/:id/spin-up',
    schema: {
      tags,
      operationId: 'spinUpTarget',
      summary: 'Start an agent without a work item',
      description:
        "Runs the target's command once, as an agent, as soon as the target's limits allow it. While one operation of the target is in flight, that one is answered.",
      params: TargetParams,
      querystring: ProjectQuery,
      response: { 200: SpinUpAck, ...ErrorReplies },
    },
    handler: async (request) => {
      const ref = targetRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const { id: target, projectId } = foundTarget(await deps.targets.find(ref), ref.idOrName);
      return requestSpinUp(deps, { target, projectId, author: authorOf(request) }, request.log);
    },
  });
}

function spinUpRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/spin-ups/:id',
    schema: {
      tags,
      operationId: 'getSpinUp',
      summary: 'Look at a spin-up',
      params: z.object({ id: z.string().max(PARAM_CHARS_MAX).meta({ description: 'The operation id.' }) }),
      response: { 200: TrackedSpinUp, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id } = request.params;
      const found = SpinUpId.safeParse(id).success ? await deps.spinUps.find(id) : null;
      if (found === null) throw new WeftError('NOT_FOUND', `There is no spin-up ${id.slice(0, 128)}.`);
      requireReach(request, found.projectId, `spin-up ${id}`);
      return found;
    },
  });
}

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/targets/:id/spin-ups',
    schema: {
      tags,
      operationId: 'listSpinUps',
      summary: 'List the spin-ups of a target, the newest first',
      params: TargetParams,
      querystring: ListQuery,
      response: { 200: SpinUpList, ...ErrorReplies },
    },
    handler: async (request) => {
      const { projectId: named } = request.query;
      const ref = targetRef(request, { idOrName: request.params.id, projectId: named }, deps.config.projectId);
      const { id: targetId, projectId } = foundTarget(await deps.targets.find(ref), ref.idOrName);
      const filter = { projectId, targetId };
      const page = readPage(request.query, filter, SpinUpCursor);
      const found = await deps.spinUps.list(filter, page);
      return { spinUps: [...found.items], ...pageFields(found, { positionOf, limit: page.limit, filter }) };
    },
  });
}

function positionOf(spinUp: TrackedSpinUp): z.infer<typeof SpinUpPosition> {
  return { requestedAt: spinUp.request.requestedAt, id: spinUp.id };
}
