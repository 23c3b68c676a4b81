import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

/** `weft work attempts <id>` */
export function addAttempts(work: Command, open: OpenSession): void {
  work
    .command('attempts <id>')
    .description('Show the attempts of a work item, the newest first: where, and how each ended.')
    .option('--limit <n>', 'how many', toInteger)
    .action(async (id: string, { limit }: { limit?: number }, command: Command) => {
      const { client, print, hint } = open(command);
      const answer = await answerOf(client.GET('/api/work/{id}/attempts', { params: { path: { id }, query: given({ limit }) } }));
      print(answer, () => answer.attempts.map(toRow));
      if (answer.hasMore) hint('There are older ones: a larger --limit shows them.');
    });
}

function toRow({ attempt, fence, outcome, failureClass, targetName, agentGuid, startedAt, endedAt, retryInMs, message }: Schemas['WorkAttempt']) {
  return { attempt, fence, outcome, class: failureClass, target: targetName, agent: agentGuid, startedAt, endedAt, retryInMs, message };
}
