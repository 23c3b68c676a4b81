import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { ApiError } from '../../client/errors.ts';
import { toTerminalText } from './terminal-text.ts';
import type { OpenSession } from './session.ts';

interface AnswerOptions {
  readonly question?: string;
}

/** `weft work answer <id> <text>`: to the question that is open now, or to the one that was named. */
export function addAnswer(work: Command, open: OpenSession): void {
  work
    .command('answer <id> <text>')
    .description('Answer the question of the agent that works on an item.')
    .option('--question <id>', 'only if it is this one, as `weft work show` names it')
    .action(async (...[id, answer, { question }, command]: [string, string, AnswerOptions, Command]) => {
      const { client, print } = open(command);
      const questionId = question ?? (await openQuestionOf(client, id));
      if (questionId === undefined) throw new ApiError('QUESTION_CLOSED', `The agent of work item ${id} asks nothing.`);
      const result = await answerOf(client.POST('/api/work/{id}/answer', { params: { path: { id } }, body: { questionId, answer } }));
      print(result, () => [{ id, question: questionId, outcome: result.outcome }]);
    });
}

async function openQuestionOf(client: ReturnType<OpenSession>['client'], id: string): Promise<string | undefined> {
  const item = await answerOf(client.GET('/api/work/{id}', { params: { path: { id } } }));
  return item.question?.id;
}

/** For whoever reads it in a terminal. */
export function describeQuestion({ id, text, choices, expiresAt }: Schemas['Question']): string {
  const among = choices === undefined ? '' : `\nOne of: ${choices.join(', ')}`;
  return toTerminalText(`The agent asks (question ${id}, until ${expiresAt}):\n${text}${among}`);
}
