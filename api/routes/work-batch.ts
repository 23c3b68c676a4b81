import { z } from 'zod';
import { GivenProjectId } from '../../src/domain/ids.ts';
import { BATCH_MAX } from '../../src/domain/work/batch-cancel.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { authorOf, chosenProject, namedProject } from '../access/actors.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorBody, ErrorReplies } from '../errors.ts';
import { BATCH_BYTES_MAX } from '../limits.ts';
import { idempotencyKeyOf } from '../plugins/idempotency.ts';
import { submitBatch } from '../operations/submit-batch.ts';
import { ProjectInQuery } from '../http/queries.ts';
import type { ZodApp } from '../http/zod-app.ts';

const SubmitBatchBody = z
  .object({
    items: z
      .array(
        z.unknown().meta({
          description: 'A `WorkSubmit`; each is checked by itself. Its `dependsOn` may also name items of the same batch, by `#` and their `taskId`.',
        }),
      )
      .min(1)
      .max(BATCH_MAX),
    projectId: GivenProjectId.exactOptional().meta({ description: 'Of items that name none.' }),
  })
  .meta({ id: 'WorkBatchSubmit' });

const { code, message, details } = ErrorBody.shape;

const SubmitBatchResult = z
  .object({
    results: z
      .array(
        z.discriminatedUnion('ok', [
          z.object({ index: z.int().min(0), ok: z.literal(true), workItem: WorkItem }),
          z.object({ index: z.int().min(0), ok: z.literal(false), error: z.object({ code, message, details }) }),
        ]),
      )
      .meta({ description: 'In the order of the request.' }),
    count: z.int().min(0).meta({ description: 'How many were accepted.' }),
    failedCount: z.int().min(0),
    totalProcessed: z.int().min(0),
  })
  .meta({ id: 'WorkBatchSubmitResult' });

export function submitBatchRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write', checksItsItems: true, idempotency: 'repeatable' },
    url: '/work/batch',
    bodyLimit: BATCH_BYTES_MAX,
    schema: {
      tags: ['work'],
      operationId: 'submitWorkBatch',
      summary: 'Submit many work items',
      description:
        'One that is refused does not stop the others, but those that depend on it. What is accepted is safe, and started at once or a little later. ' +
        'What the time of the request did not suffice for has the code `OUT_OF_TIME`; with an `Idempotency-Key`, the same request again goes on.',
      querystring: ProjectInQuery,
      body: SubmitBatchBody,
      response: { 200: SubmitBatchResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const { items } = request.body;
      const ofAll = namedProject(request);
      const projectOf = (named: string | undefined): string => chosenProject(request, named ?? ofAll, deps.config.projectId);
      return submitBatch(deps, { items, projectOf, author: authorOf(request), idempotencyKey: idempotencyKeyOf(request) }, { log: request.log });
    },
  });
}
