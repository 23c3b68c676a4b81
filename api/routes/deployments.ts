import { randomUUID } from 'node:crypto';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Deployment, DeploymentCreate, DeploymentName, DeploymentReplica, DeploymentUpdate } from '../../src/domain/deployments/deployment.ts';
import { authorOf, chosenProject, namedProject } from '../access/actors.ts';
import { deploymentRef, foundDeployment } from '../access/find-deployment.ts';
import type { ApiDeps } from '../deps.ts';
import { wakeDeployment } from '../engine/wake-deployment.ts';
import { ErrorReplies } from '../errors.ts';
import { cursorOf, pageFields, readPage } from '../http/cursor.ts';
import { IfMatch, withVersion } from '../http/if-match.ts';
import { ListQuery, PageFields, ProjectInQuery, TargetParams, TargetQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const DeploymentList = z.object({ deployments: z.array(Deployment), ...PageFields }).meta({ id: 'DeploymentList' });
const DeploymentView = z.object({ ...Deployment.shape, replicas: z.array(DeploymentReplica) }).meta({ id: 'DeploymentView' });

const DeploymentCursor = cursorOf(DeploymentName);
const tags = ['deployments'];

/** `/api/deployments`: agents that are kept running. */
export const deploymentRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  createRoute(app, deps);
  listRoute(app, deps);
  deploymentRoute(app, deps);
  updateRoute(app, deps);
  done();
};

function createRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'targets:admin' },
    url: '/deployments',
    schema: {
      tags,
      operationId: 'createDeployment',
      summary: 'Keep so many agents running on these targets',
      description:
        'They are started within the limits of the targets, replaced when they end (as the restart policy says, and later each time that one fails ' +
        'in a row), and supervised until the deployment is removed. With the task `serve` they are free agents for work items; with `command` each runs ' +
        'the command of its target.',
      querystring: ProjectInQuery,
      body: DeploymentCreate,
      response: { 201: Deployment, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const projectId = chosenProject(request, namedProject(request), deps.config.projectId);
      const created = await deps.deployments.create({ id: randomUUID(), projectId, body: request.body }, authorOf(request));
      await wakeDeployment(deps, created, request.log);
      return reply.code(201).header('location', `/api/deployments/${created.id}`).send(created);
    },
  });
}

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/deployments',
    schema: {
      tags,
      operationId: 'listDeployments',
      summary: 'List deployments in order of name',
      querystring: ListQuery,
      response: { 200: DeploymentList, ...ErrorReplies },
    },
    handler: async (request) => {
      const projectId = chosenProject(request, request.query.projectId, deps.config.projectId);
      const filter = { projectId };
      const page = readPage(request.query, filter, DeploymentCursor);
      const found = await deps.deployments.list(projectId, page);
      return { deployments: [...found.items], ...pageFields(found, { positionOf: ({ name }) => name, limit: page.limit, filter }) };
    },
  });
}

function deploymentRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/deployments/:id',
    schema: {
      tags,
      operationId: 'getDeployment',
      summary: 'Look at a deployment: how far it is, why, and each of its replicas',
      description: 'The ETag is its version, for `If-Match` of an update.',
      params: TargetParams,
      querystring: TargetQuery,
      response: { 200: DeploymentView, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const ref = deploymentRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const found = foundDeployment(await deps.deployments.find(ref), ref.idOrName);
      const replicas = [...(await deps.deployments.replicasOf(found.id))];
      return reply.header('etag', `"${String(found.version)}"`).send({ ...found, replicas });
    },
  });
}

function updateRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'PUT',
    config: { scope: 'targets:admin' },
    url: '/deployments/:id',
    schema: {
      tags,
      operationId: 'updateDeployment',
      summary: 'Change the given fields of a deployment',
      description:
        'Everything else stays. Another task, other needs, or targets without those that replicas run on: such replicas are replaced, one at a time and ' +
        'only while all others are ready. With `If-Match` or `version` it is refused with 409 when somebody else has changed the deployment meanwhile.',
      params: TargetParams,
      querystring: TargetQuery,
      headers: IfMatch,
      body: DeploymentUpdate,
      response: { 200: Deployment, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const ref = deploymentRef(request, { idOrName: request.params.id, ...request.query }, deps.config.projectId);
      const update = withVersion(request.body, request.headers['if-match']);
      const changed = foundDeployment(await deps.deployments.update(ref, update, authorOf(request)), ref.idOrName);
      await wakeDeployment(deps, changed, request.log);
      return reply.header('etag', `"${String(changed.version)}"`).send(changed);
    },
  });
}
