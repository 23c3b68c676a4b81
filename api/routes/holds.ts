import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { Activity, HoldReason } from '../../src/domain/holds/hold.ts';
import type { HoldWish } from '../../src/domain/holds/hold.ts';
import { ProjectId } from '../../src/domain/ids.ts';
import { authorOf, requireReach } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';
import { ErrorReplies } from '../errors.ts';
import type { ZodApp } from '../http/zod-app.ts';
import { PARAM_CHARS_MAX } from '../limits.ts';
import { actorOf } from '../plugins/authenticate.ts';

const WISHES: Readonly<Record<HoldWish, { readonly summary: string; readonly description: string }>> = {
  pause: { summary: 'Grant nothing new', description: 'Items wait with that reason; what runs goes on.' },
  drain: {
    summary: 'Grant nothing new, and let agents go',
    description: 'As a pause; besides, agents that Weft has started leave as soon as they are free. `state` is `drained` when the last one is gone.',
  },
  resume: { summary: 'Grant again', description: 'Ends a pause or a drain.' },
};

/** Holds up a project, or everything, and lets it go on. */
export const holdRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  for (const wish of ['pause', 'drain', 'resume'] as const) {
    projectRoute(app, deps, wish);
    everythingRoute(app, deps, wish);
  }
  done();
};

function projectRoute(app: ZodApp, deps: ApiDeps, wish: HoldWish): void {
  app.route({
    method: 'POST',
    config: { scope: 'admin', idempotency: 'repeatable' },
    url: `/projects/:id/${wish}`,
    schema: {
      tags: ['access'],
      operationId: `${wish}Project`,
      summary: `${WISHES[wish].summary} in a project`,
      description: WISHES[wish].description,
      params: z.object({ id: z.string().max(PARAM_CHARS_MAX) }),
      body: HoldReason,
      response: { 200: Activity, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id } = request.params;
      const called = `project ${id.slice(0, 64)}`;
      requireReach(request, id, called);
      const reason = request.body.reason ?? null;
      const activity = ProjectId.safeParse(id).success ? await deps.holds.change(id, { wish, reason, author: authorOf(request) }) : null;
      if (activity === null) throw new WeftError('NOT_FOUND', `There is no ${called}.`);
      await wakeCoordinator(deps, request.log);
      return activity;
    },
  });
}

function everythingRoute(app: ZodApp, deps: ApiDeps, wish: HoldWish): void {
  app.route({
    method: 'POST',
    config: { scope: 'admin', idempotency: 'repeatable' },
    url: `/${wish}`,
    schema: {
      tags: ['stats'],
      operationId: `${wish}Everything`,
      summary: `${WISHES[wish].summary}, in any project`,
      description: `${WISHES[wish].description} Only for tokens that are not bound to projects. \`GET /api/stats\` shows it.`,
      body: HoldReason,
      response: { 200: Activity, ...ErrorReplies },
    },
    handler: async (request) => {
      if (actorOf(request).projects !== 'all') throw new WeftError('FORBIDDEN', 'Everything is held up by a token that is not bound to projects.');
      const activity = await deps.holds.change(null, { wish, reason: request.body.reason ?? null, author: authorOf(request) });
      await wakeCoordinator(deps, request.log);
      return activity ?? { state: 'running' as const };
    },
  });
}
