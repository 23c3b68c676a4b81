import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { Deployment, DeploymentScale } from '../../src/domain/deployments/deployment.ts';
import type { DeploymentSwitch } from '../../src/ports/ledger/deployment-ledger.ts';
import { authorOf } from '../access/actors.ts';
import { deploymentRef, foundDeployment } from '../access/find-deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { wakeDeployment } from '../engine/wake-deployment.ts';
import { ErrorReplies } from '../errors.ts';
import { IfMatch, withVersion } from '../http/if-match.ts';
import { TargetParams, TargetQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const tags = ['deployments'];

/** Scaling deployments, and switching them. */
export const deploymentActionRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  scaleRoute(app, deps);
  for (const action of ACTIONS) switchRoute(app, deps, action);
  done();
};

function scaleRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin', idempotency: 'repeatable' },
    url: '/deployments/:id/scale',
    schema: {
      tags,
      operationId: 'scaleDeployment',
      summary: 'Say how many replicas a deployment has',
      description: 'Of fewer, those with the highest numbers leave; an agent that works on an item leaves when that has ended.',
      params: TargetParams,
      querystring: TargetQuery,
      headers: IfMatch,
      body: DeploymentScale,
      response: { 200: Deployment, ...ErrorReplies },
    },
    handler: async (request) => {
      const ref = deploymentRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const update = withVersion(request.body, request.headers['if-match']);
      const changed = foundDeployment(await deps.deployments.update(ref, update, authorOf(request)), ref.idOrName);
      await wakeDeployment(deps, changed, request.log);
      return changed;
    },
  });
}

interface Action {
  readonly to: DeploymentSwitch;
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly isRepeatable: boolean;
}

const ACTIONS: readonly Action[] = [
  {
    ...{ to: 'pause', method: 'POST', path: '/pause', operationId: 'pauseDeployment', isRepeatable: true },
    summary: 'Start nothing more for a deployment',
    description: 'What runs goes on; nothing is started, replaced or restarted.',
  },
  {
    ...{ to: 'resume', method: 'POST', path: '/resume', operationId: 'resumeDeployment', isRepeatable: true },
    summary: 'Go on with a deployment that was paused or drained',
    description: 'What is missing is started again.',
  },
  {
    ...{ to: 'restart', method: 'POST', path: '/restart', operationId: 'restartDeployment', isRepeatable: false },
    summary: 'Replace every replica of a deployment, one at a time',
    description: 'Each only while all others are ready. So a changed configuration of a target reaches its agents.',
  },
  {
    ...{ to: 'drain', method: 'POST', path: '/drain', operationId: 'drainDeployment', isRepeatable: true },
    summary: 'Let all agents of a deployment leave, and start none until it is resumed',
    description: 'An agent that works on an item leaves when that has ended.',
  },
  {
    ...{ to: 'remove', method: 'DELETE', path: '', operationId: 'removeDeployment', isRepeatable: true },
    summary: 'Drain a deployment, and remove it when its last agent is gone',
    description: 'Until then it is there, with `removing`, and keeps its name.',
  },
];

function switchRoute(app: ZodApp, deps: ApiDeps, { to, method, path, isRepeatable, ...words }: Action): void {
  app.route({
    method,
    config: { scope: 'targets:admin', ...(isRepeatable && method === 'POST' ? { idempotency: 'repeatable' as const } : {}) },
    url: `/deployments/:id${path}`,
    schema: { tags, ...words, params: TargetParams, querystring: TargetQuery, response: { 200: Deployment, ...ErrorReplies } },
    handler: async (request) => {
      const ref = deploymentRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const changed = foundDeployment(await deps.deployments.turn(ref, to, authorOf(request)), ref.idOrName);
      await wakeDeployment(deps, changed, request.log);
      return changed;
    },
  });
}
