import { z } from 'zod';
import { ANSWER_CHARS_MAX, QuestionId } from '../../src/domain/work/question.ts';
import { WorkItem } from '../../src/domain/work/work-item.ts';
import { authorOf } from '../access/actors.ts';
import { findWork, WorkParams } from '../access/find-work.ts';
import type { ApiDeps } from '../deps.ts';
import { ErrorReplies } from '../errors.ts';
import type { ZodApp } from '../http/zod-app.ts';
import { answerQuestion } from '../operations/answer-question.ts';

const AnswerBody = z
  .object({
    questionId: QuestionId,
    answer: z.string().min(1).max(ANSWER_CHARS_MAX).meta({ description: 'One of the question’s choices, if it has any.' }),
  })
  .meta({ id: 'WorkAnswer' });

const AnswerResult = z
  .object({
    success: z.literal(true),
    outcome: z.enum(['answered', 'joined']).meta({ description: 'joined: the same answer was given before.' }),
    workItem: WorkItem,
  })
  .meta({ id: 'WorkAnswerResult' });

export function answerRoute(app: ZodApp, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    config: { scope: 'work:write', idempotency: 'repeatable' },
    url: '/work/:id/answer',
    schema: {
      tags: ['work'],
      operationId: 'answerWork',
      summary: 'Answer the question of an agent',
      description:
        'A question has one answer; it is recorded first, and the agent gets it even if everything dies in between. ' +
        'The same answer again changes nothing, another one is refused (409), and so is one that comes too late.',
      params: WorkParams,
      body: AnswerBody,
      response: { 200: AnswerResult, ...ErrorReplies },
    },
    handler: async (request) => {
      const { id: workId, ...before } = await findWork(deps.work, request, request.params.id);
      const outcome = await answerQuestion(deps, { workId, ...request.body, author: authorOf(request) }, request.log);
      return { success: true as const, outcome, workItem: (await deps.work.find(workId)) ?? { id: workId, ...before } };
    },
  });
}
