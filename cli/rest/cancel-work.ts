import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toInteger } from './parse-values.ts';
import { printBatch } from './print-batch.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';
import { toSelection } from './to-selection.ts';

interface CancelOptions {
  readonly all?: true;
  readonly status?: Schemas['WorkStatusInput'];
  readonly boundary?: string;
  readonly capability?: string;
  readonly minPriority?: number;
  readonly assignedTo?: string;
  readonly reassign?: true;
  readonly reason?: string;
}

/** `weft work cancel` */
export function addCancel(work: Command, open: OpenSession): void {
  work
    .command('cancel [ids...]')
    .description('Cancel work items, up to 1,000 at once. One that has already ended stays as it is.')
    .option('--all', 'all that have not ended')
    .option('--status <status>', 'only those with this status')
    .option('--boundary <name>', 'only those with this boundary')
    .option('--capability <name>', 'only those that need this')
    .option('--min-priority <n>', 'only those at least as urgent', toInteger)
    .option('--assigned-to <guid>', 'only those that this agent has')
    .option('--reassign', 'cancel nothing, but take them from their agents for others to do')
    .option('--reason <text>', 'why; of many: user-requested, deadline-passed, resource-constraint, system-shutdown')
    .action(async (ids: readonly string[], options: CancelOptions, command: Command) => {
      const { all, reassign, reason, ...filter } = options;
      const { filter: chosen, named } = toSelection(command, { named: ids, all, filter: toFilter(filter) });
      const session = open(command);
      const [id] = ids;
      if (id !== undefined && ids.length === 1 && chosen === undefined && reassign !== true) {
        const answer = await answerOf(session.client.POST('/api/work/{id}/cancel', { params: { path: { id } }, body: given({ reason }) }));
        session.print(answer, () => [{ id, outcome: answer.outcome, message: answer.message }]);
        return;
      }
      const batchReason = reason as Schemas['WorkBatchCancelInput']['reason']; // the server's to judge
      const body = { ...session.project, ...given({ filter: chosen, workItemIds: named, reassign, reason: batchReason }) };
      const answer = await answerOf(session.client.POST('/api/work/cancel-batch', { body }));
      if (answer.hasMore) session.hint('There are more; the same again goes on.');
      const waiting = new Set(answer.waitingItems);
      printBatch(session, answer, (id) => (waiting.has(id) ? 'goes on waiting: no agent has it' : 'done'));
    });
}

function toFilter({ status, boundary, capability, minPriority, assignedTo }: CancelOptions): Schemas['WorkBatchFilterInput'] {
  return given({ status, boundary, capability, minPriority, assignedTo });
}
