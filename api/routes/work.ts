import type { FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeftError } from '../../src/domain/errors.ts';
import { WeftEvent } from '../../src/domain/events/event.ts';
import { GivenTimestamp, WorkId } from '../../src/domain/ids.ts';
import { AgentType, Boundary } from '../../src/domain/targets/target.ts';
import { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import { Priority, WorkItem, WorkStatus, WorkSubmit } from '../../src/domain/work/work-item.ts';
import type { WorkLedger } from '../../src/ports/ledger/work-ledger.ts';
import { cancelWork } from '../cancel-work.ts';
import { authorOf, chosenProject, requireReach } from '../actors.ts';
import { pageFields, readPage } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorBody } from '../errors.ts';
import { EVENTS_LIMIT_DEFAULT, EVENTS_LIMIT_MAX, PARAM_CHARS_MAX } from '../limits.ts';
import { sentBodyOf } from '../plugins/validate-request.ts';
import { digits, ListQuery, PageFields } from '../queries.ts';
import { submitWork, targetAgentTypeOf } from '../submit-work.ts';
import type { ZodApp } from '../zod-app.ts';

const WorkSubmitResult = z
  .object({
    ...WorkItem.shape,
    workItemId: WorkId.meta({ description: 'The same as `id`, for older clients.' }),
    targetAgentType: AgentType.meta({ description: 'The agent type that is tried first.' }),
    spinUpTriggered: z.boolean().meta({ description: 'True when an agent is being started for it by now; a new item first waits for its slot.' }),
  })
  .meta({ id: 'WorkSubmitResult' });

const WorkList = z.object({ workItems: z.array(WorkItem), ...PageFields }).meta({ id: 'WorkList' });

const WorkListQuery = ListQuery.extend({
  status: WorkStatus.exactOptional(),
  boundary: Boundary.exactOptional(),
  classification: Boundary.exactOptional().meta({ deprecated: true, description: 'The older name of `boundary`, which wins.' }),
});

const WorkPosition = z.object({ priority: Priority, offeredAt: GivenTimestamp, id: WorkId });

const WorkEvents = z
  .object({
    workItemId: WorkId,
    events: z.array(WeftEvent),
    count: z.int().min(0),
    hasMore: z.boolean(),
    nextAfterSeq: z.int().min(0).meta({ description: 'The `afterSeq` that continues after this page, now or when more has happened.' }),
  })
  .meta({ id: 'WorkEvents' });

const WorkEventsQuery = z.object({
  afterSeq: digits(z.int().min(0).max(2_147_483_647)).default(0),
  limit: digits(z.int().min(1).max(EVENTS_LIMIT_MAX)).default(EVENTS_LIMIT_DEFAULT),
});

const CancelBody = z.object({ reason: z.string().trim().min(1).max(1024).exactOptional() }).meta({ id: 'WorkCancel' });

const CancelResult = z
  .object({
    success: z.literal(true),
    message: z.string(),
    outcome: z.enum(['cancelling', 'already-settled']).meta({ description: 'already-settled: it had ended before; nothing was cancelled.' }),
    workItem: WorkItem,
  })
  .meta({ id: 'WorkCancelResult' });

const IdParams = z.object({ id: z.string().max(PARAM_CHARS_MAX) });
const errors = { '4xx': ErrorBody, '5xx': ErrorBody };
const tags = ['work'];

/** `/api/work`: submit, list, look at and cancel work items. */
export const workRoutes: FastifyPluginCallbackZod<ApiDeps> = (app, deps, done) => {
  submitRoute(app, deps);
  listRoute(app, deps);
  itemRoute(app, deps);
  eventsRoute(app, deps);
  cancelRoute(app, deps);
  done();
};

function submitRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write' },
    url: '/work',
    schema: {
      tags,
      operationId: 'submitWork',
      summary: 'Submit a work item',
      description: 'With an `Idempotency-Key`, the same key and body give the same item (200, `Idempotent-Replayed: true`); another body gives 409.',
      headers: z.object({ 'idempotency-key': IdempotencyKey.shape.key.exactOptional() }),
      body: WorkSubmit,
      response: { 200: WorkSubmitResult, 201: WorkSubmitResult, ...errors },
    },
    handler: async (request, reply) => {
      const submission = {
        body: request.body,
        projectId: chosenProject(request, request.body.projectId, deps.config.projectId),
        sentBody: sentBodyOf(request),
        idempotencyKey: request.headers['idempotency-key'],
        author: authorOf(request),
      };
      const { kind, item } = await submitWork(deps, submission, request.log);
      const result = { ...item, workItemId: item.id, targetAgentType: targetAgentTypeOf(item), spinUpTriggered: item.phase === 'starting' };
      if (kind === 'joined') return reply.code(200).header('idempotent-replayed', 'true').send(result);
      return reply.code(201).header('location', `/api/work/${item.id}`).send(result);
    },
  });
}

function listRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work',
    schema: {
      tags,
      operationId: 'listWork',
      summary: 'List work items, the most urgent first',
      querystring: WorkListQuery,
      response: { 200: WorkList, ...errors },
    },
    handler: async (request, reply) => {
      const { status, classification, boundary = classification } = request.query;
      const projectId = chosenProject(request, request.query.projectId, deps.config.projectId);
      if (request.query.boundary === undefined && classification !== undefined) {
        void reply.header('x-deprecated-param', 'classification (use boundary instead)');
      }
      const filter = { projectId, ...(status === undefined ? {} : { status }), ...(boundary === undefined ? {} : { boundary }) };
      const page = readPage(request.query, filter, WorkPosition);
      const found = await deps.work.list(filter, page);
      return { workItems: [...found.items], ...pageFields(found, { positionOf, limit: page.limit, filter }) };
    },
  });
}

function itemRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id',
    schema: { tags, operationId: 'getWork', summary: 'Look at a work item', params: IdParams, response: { 200: WorkItem, ...errors } },
    handler: (request) => findWork(deps.work, request, request.params.id),
  });
}

function eventsRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    config: { scope: 'work:read' },
    url: '/work/:id/events',
    schema: {
      tags,
      operationId: 'listWorkEvents',
      summary: 'What happened to a work item, in order',
      params: IdParams,
      querystring: WorkEventsQuery,
      response: { 200: WorkEvents, ...errors },
    },
    handler: async (request) => {
      const { afterSeq, limit } = request.query;
      const { id } = await findWork(deps.work, request, request.params.id);
      const found = await deps.work.eventsOf(id, { afterSeq, limit: limit + 1 });
      const events = found.slice(0, limit);
      return { workItemId: id, events, count: events.length, hasMore: found.length > limit, nextAfterSeq: events.at(-1)?.seq ?? afterSeq };
    },
  });
}

function cancelRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write' },
    url: '/work/:id/cancel',
    schema: {
      tags,
      operationId: 'cancelWork',
      summary: 'Cancel a work item',
      description: 'The wish is recorded first and holds from then on. An item that has already ended stays as it is; the answer says so.',
      params: IdParams,
      body: CancelBody,
      response: { 200: CancelResult, ...errors },
    },
    handler: async (request) => {
      const { id: workId } = await findWork(deps.work, request, request.params.id);
      const { reason = 'cancelled through the API' } = request.body;
      return { success: true as const, ...(await cancelWork(deps, { workId, reason, author: authorOf(request) }, request.log)) };
    },
  });
}

function positionOf({ priority, offeredAt, id }: WorkItem): z.infer<typeof WorkPosition> {
  return { priority, offeredAt, id };
}

async function findWork(work: WorkLedger, request: FastifyRequest, id: string): Promise<WorkItem> {
  const item = await work.find(workIdOf(id));
  if (item === null) throw notFound(id);
  requireReach(request, item.projectId, `work item ${item.id}`);
  return item;
}

// What is no UUID cannot be the id of a work item, so there is none of that id.
function workIdOf(id: string): WorkId {
  const workId = WorkId.safeParse(id);
  if (!workId.success) throw notFound(id);
  return workId.data;
}

function notFound(id: string): WeftError {
  return new WeftError('NOT_FOUND', `There is no work item ${id.slice(0, 64)}.`);
}
