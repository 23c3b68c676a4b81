import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

interface DecisionOptions {
  readonly reason?: string;
}

/** `weft work approve` and `weft work reject`. */
export function addApproval(work: Command, open: OpenSession): void {
  work
    .command('approve <id>')
    .description('Approve a work item that waits for a person.')
    .option('--reason <text>', 'why')
    .action(async (id: string, { reason }: DecisionOptions, command: Command) => {
      const { client, print } = open(command);
      const answer = await answerOf(client.POST('/api/work/{id}/approve', { params: { path: { id } }, body: given({ reason }) }));
      print(answer, () => [{ id, outcome: answer.outcome, phase: answer.workItem.phase }]);
    });
  work
    .command('reject <id>')
    .description('Reject a work item that waits for a person: it fails for good.')
    .option('--reason <text>', 'why')
    .action(async (id: string, { reason }: DecisionOptions, command: Command) => {
      const { client, print } = open(command);
      const answer = await answerOf(client.POST('/api/work/{id}/reject', { params: { path: { id } }, body: given({ reason }) }));
      print(answer, () => [{ id, outcome: answer.outcome, phase: answer.workItem.phase }]);
    });
}
