import { z } from 'zod';
import { WorkId } from '../../src/domain/ids.ts';
import { AgentType } from '../../src/domain/targets/target.ts';
import { IdempotencyKey } from '../../src/domain/work/idempotency-key.ts';
import { WorkItem, WorkSubmit } from '../../src/domain/work/work-item.ts';
import { authorOf, chosenProject, namedProject } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import { keySharersOf } from '../plugins/idempotency.ts';
import { sentBodyOf } from '../plugins/validate-request.ts';
import { previewSubmit, Routing, WorkDryRun } from '../operations/preview-submit.ts';
import { submitAndLookAhead, toNewItem } from '../operations/submit-work.ts';
import { createWaitEstimates } from '../operations/wait-estimates.ts';
import { ProjectInQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const WorkSubmitResult = z
  .object({
    ...WorkItem.shape,
    workItemId: WorkId.meta({ description: 'The same as `id`, for older clients.' }),
    targetAgentType: AgentType.meta({
      description: 'The type of the agent that is free for it or is started; while nothing can take it, the one that is tried first.',
    }),
    spinUpTriggered: z.boolean().meta({ description: 'True when no agent is free for it, and one is started.' }),
    estimatedWaitSeconds: z.number().min(0).exactOptional().meta({
      description: 'How long items like it have waited lately for an agent (median); absent when there were none, or when nothing could take it now.',
    }),
    routing: Routing,
  })
  .meta({ id: 'WorkSubmitResult' });

export function submitRoutes(app: ZodApp, deps: ApiDeps): void {
  const waits = createWaitEstimates(deps.routing, () => performance.now());
  app.route({
    method: 'POST',
    config: { scope: 'work:write', idempotency: 'own' },
    url: '/work',
    schema: {
      tags: ['work'],
      operationId: 'submitWork',
      summary: 'Submit a work item',
      description:
        'With an `Idempotency-Key`, the same key and body give the same item (200, `Idempotent-Replayed: true`); another body gives 409. With `dryRun=true` nothing is written, and the answer says what would become of it.',
      headers: z.object({ 'idempotency-key': IdempotencyKey.shape.key.exactOptional() }),
      querystring: ProjectInQuery.extend({ dryRun: z.enum(['true', 'false']).default('false') }),
      body: WorkSubmit,
      response: { 200: z.union([WorkDryRun, WorkSubmitResult]), 201: WorkSubmitResult, ...ErrorReplies },
    },
    handler: async (request, reply) => {
      const projectId = chosenProject(request, namedProject(request), deps.config.projectId);
      if (request.query.dryRun === 'true') {
        const asked = { item: toNewItem(request.body, projectId), submitter: authorOf(request).name };
        return reply.code(200).send(await previewSubmit(deps, asked, waits));
      }
      const idempotencyKey = request.headers['idempotency-key'];
      const submission = {
        body: request.body,
        projectId,
        sentBody: sentBodyOf(request),
        idempotencyKey,
        ...(idempotencyKey === undefined ? {} : { keySharers: keySharersOf(request) }),
        author: authorOf(request),
      };
      const { kind, result } = await submitAndLookAhead(deps, submission, { waits, log: request.log });
      if (kind === 'joined') return reply.code(200).header('idempotent-replayed', 'true').send(result);
      return reply.code(201).header('location', `/api/work/${result.id}`).send(result);
    },
  });
}
