import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import type { OpenSession } from './session.ts';

/** `weft work why <id>`: for each slot that it was granted, and for one that it waits for, all that was looked at. */
export function addWhy(work: Command, open: OpenSession): void {
  work
    .command('why <id>')
    .description('Show why a work item went where it went, or why it waits.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, print, hint } = open(command);
      const answer = await answerOf(client.GET('/api/work/{id}/decision', { params: { path: { id } } }));
      const { verdict, decisions } = answer;
      print(answer, () => [
        ...(verdict === null ? [] : verdict.candidates.map((candidate) => toRow('now', candidate))),
        ...decisions.flatMap(({ fence, candidates }) => candidates.map((candidate) => toRow(String(fence), candidate))),
      ]);
      if (verdict?.reason !== undefined) hint(`It waits: ${verdict.reason}.`);
    });
}

function toRow(fence: string, { kept, rule, kind, targetName, agentGuid }: Schemas['RoutingCandidate']) {
  return { fence, kept, rule, kind, target: targetName, agent: agentGuid };
}
