import { z } from 'zod';
import { WorkId } from '../../src/domain/ids.ts';
import { AgentType } from '../../src/domain/targets/target.ts';
import { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import { WorkItem, WorkSubmit } from '../../src/domain/work/work-item.ts';
import { authorOf, chosenProject } from '../actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { sentBodyOf } from '../plugins/validate-request.ts';
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

export function submitRoutes(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write' },
    url: '/work',
    schema: {
      tags: ['work'],
      operationId: 'submitWork',
      summary: 'Submit a work item',
      description: 'With an `Idempotency-Key`, the same key and body give the same item (200, `Idempotent-Replayed: true`); another body gives 409.',
      headers: z.object({ 'idempotency-key': IdempotencyKey.shape.key.exactOptional() }),
      body: WorkSubmit,
      response: { 200: WorkSubmitResult, 201: WorkSubmitResult, ...ErrorReplies },
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
