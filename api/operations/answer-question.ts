import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import type { QuestionId } from '../../src/domain/work/question.ts';
import type { ApiDeps } from '../deps.ts';
import { nudge } from '../engine/nudge.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';

const WHY = { answered: 'has another answer already', expired: 'was not answered in time', withdrawn: 'is not asked any more' } as const;

interface Given {
  readonly workId: WorkId;
  readonly questionId: QuestionId;
  readonly answer: string;
  readonly author: Author;
}

/** Records the answer first; from then on the agent gets it, whatever dies in between. */
export async function answerQuestion({ leases, engine }: ApiDeps, { workId, ...given }: Given, log: FastifyBaseLogger): Promise<'answered' | 'joined'> {
  const result = await leases.answerQuestion(workId, given);
  switch (result.kind) {
    case 'not-found':
      throw new WeftError('NOT_FOUND', `Work item ${workId} has no question ${given.questionId}.`);
    case 'closed':
      throw new WeftError('QUESTION_CLOSED', `The question ${given.questionId} of work item ${workId} ${WHY[result.why]}.`);
    case 'not-a-choice':
      throw new WeftError('BAD_REQUEST', `The answer must be one of: ${result.choices.join(', ')}.`, { details: { choices: result.choices } });
    case 'answered':
    case 'joined': {
      const { lease } = result;
      if (lease !== null) {
        await nudge(log.child({ workId }), {
          missed: 'the workflow was not told of an answer; the sweeper does it',
          call: () => engine.completeAttempt(lease.taskToken, { kind: 'resumed' }),
          timeoutMs: ENGINE_WAIT_MS,
        });
      }
      return result.kind;
    }
  }
}
