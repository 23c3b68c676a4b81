import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorOf, chosenProject, namedProject } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { DisableBatch, DisableBatchResult, DisableReason, disableTargets } from '../operations/disable-targets.ts';
import { ErrorReplies } from '../errors.ts';
import { foundTarget, targetRef } from '../access/find-target.ts';
import { PROBE_WAIT_MAX_MS } from '../limits.ts';
import { ProjectInQuery, TargetDone, TargetParams, TargetQuery } from '../http/queries.ts';
import { testTarget, TestResult } from '../operations/test-target.ts';
import { targetChanged } from '../engine/target-changed.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';
import type { ZodApp } from '../http/zod-app.ts';

const tags = ['targets'];

/** Looking at targets, and switching them off and on. */
export const targetActionRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  testRoute(app, deps);
  endingRoute(app, deps, 'disable');
  endingRoute(app, deps, 'drain');
  enableRoute(app, deps);
  disableBatchRoute(app, deps);
  done();
};

function testRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin' },
    url: '/targets/:id/test',
    schema: {
      tags,
      operationId: 'testTarget',
      summary: 'Look whether an agent could be started on a target now',
      description:
        'Its host is asked and looks, without starting anything. What it finds becomes the health of the target. A host that does not ' +
        `answer within the time of \`healthCheck.timeoutMs\` (here ${String(PROBE_WAIT_MAX_MS / 1000)} s at most) is unhealthy too.`,
      params: TargetParams,
      querystring: TargetQuery,
      response: { 200: TestResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const ref = targetRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const target = foundTarget(await deps.targets.find(ref), ref.idOrName);
      const result = await testTarget(deps, target, authorOf(request));
      if (result.healthy) await wakeCoordinator(deps, request.log);
      return result;
    },
  });
}

interface Ending {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  /** What the answer says of the target, when this changed it and when it was so before. */
  readonly says: readonly [changed: string, before: string];
}

const ENDINGS: Readonly<Record<'disable' | 'drain', Ending>> = {
  disable: {
    operationId: 'disableTarget',
    summary: 'Start nothing more on a target',
    description: 'Agents that run there go on, and take the work that fits them.',
    says: ['is disabled: nothing is started there', 'was disabled already: nothing is started there'],
  },
  drain: {
    operationId: 'drainTarget',
    summary: 'Start nothing more on a target, and let its agents go',
    description: 'It is disabled; besides, agents that run there leave as soon as they are free. `drain` of the target says how far that is. `enable` ends it.',
    says: ['is being drained', 'was being drained already'],
  },
};

function endingRoute(app: ZodApp, deps: ApiDeps, action: keyof typeof ENDINGS): void {
  const { says, ...words } = ENDINGS[action];
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin', idempotency: 'repeatable' },
    url: `/targets/:id/${action}`,
    schema: {
      tags,
      ...words,
      params: TargetParams,
      querystring: TargetQuery,
      body: z.object({ reason: DisableReason.exactOptional() }),
      response: { 200: TargetDone, ...ErrorReplies },
    },
    handler: async (request) => {
      const ref = targetRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const { target, changed } = foundTarget(await deps.targets[action](ref, request.body.reason ?? null, authorOf(request)), ref.idOrName);
      await targetChanged(deps, request.log, { target });
      return { success: true as const, message: `Target ${target.name} ${says[changed ? 0 : 1]}.` };
    },
  });
}

function enableRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin', idempotency: 'repeatable' },
    url: '/targets/:id/enable',
    schema: {
      tags,
      operationId: 'enableTarget',
      summary: 'Let agents be started on a target again',
      description: 'What was found of it is forgotten: its breaker is closed and its health is unknown.',
      params: TargetParams,
      querystring: TargetQuery,
      response: { 200: TargetDone, ...ErrorReplies },
    },
    handler: async (request) => {
      const ref = targetRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const { target, changed } = foundTarget(await deps.targets.enable(ref, authorOf(request)), ref.idOrName);
      await targetChanged(deps, request.log, { target });
      return { success: true as const, message: `Target ${target.name} ${changed ? 'is enabled again' : 'was enabled already'}.` };
    },
  });
}

function disableBatchRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin', idempotency: 'repeatable' },
    url: '/targets/disable-batch',
    schema: {
      tags,
      operationId: 'disableTargets',
      summary: 'Disable many targets',
      description: 'Those of one project that a filter finds (an empty one finds all), or those that are named; at most 1,000 in one call.',
      querystring: ProjectInQuery,
      body: DisableBatch,
      response: { 200: DisableBatchResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const projectId = namedProject(request);
      const defaultId = deps.config.projectId;
      const listed = request.body.targetIds === undefined ? chosenProject(request, projectId, defaultId) : defaultId;
      const named = (idOrName: string) => targetRef(request, { idOrName, projectId }, defaultId);
      const result = await disableTargets(deps.targets, { ...request.body, listed, named }, authorOf(request));
      await wakeCoordinator(deps, request.log);
      return result;
    },
  });
}
