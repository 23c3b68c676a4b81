import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toInteger, toMoment } from './parse-values.ts';
import { printBatch } from './print-batch.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';
import { toSelection } from './to-selection.ts';
import { toRow } from './work-row.ts';

interface RetryOptions {
  readonly all?: true;
  readonly status?: 'failed';
  readonly failureClass?: Schemas['DeadLetterClassInput'];
  readonly boundary?: string;
  readonly capability?: string;
  readonly minPriority?: number;
  readonly deadline?: string;
  readonly dryRun?: true;
}

/** `weft work retry` */
export function addRetry(work: Command, open: OpenSession): void {
  work
    .command('retry [ids...]')
    .description('Let work items that have failed be tried again, up to 1,000 at once.')
    .option('--all', 'all that have failed')
    .option('--status <status>', 'failed: all that have failed')
    .option('--failure-class <class>', 'only those that failed with this')
    .option('--boundary <name>', 'only those with this boundary')
    .option('--capability <name>', 'only those that need this')
    .option('--min-priority <n>', 'only those at least as urgent', toInteger)
    .option('--deadline <time>', 'a new deadline, or "none"; needed when the old one has passed')
    .option('--dry-run', 'only say which would be tried again, and why the others would not')
    .action(async (ids: readonly string[], options: RetryOptions, command: Command) => {
      const { all, deadline, dryRun, ...fields } = options;
      const { filter, named } = toSelection(command, { named: ids, all, filter: toFilter(fields) });
      const session = open(command);
      const [id] = ids;
      if (id !== undefined && ids.length === 1 && filter === undefined && dryRun !== true) {
        const answer = await answerOf(session.client.POST('/api/work/{id}/retry', { params: { path: { id } }, body: given({ deadline: toMoment(deadline) }) }));
        session.print(answer, () => [toRow(answer.workItem)]);
        return;
      }
      const body = { ...session.project, ...given({ filter, workItemIds: named, deadline: toMoment(deadline), dryRun }) };
      const answer = await answerOf(session.client.POST('/api/work/retry-batch', { body }));
      if (answer.hasMore) session.hint(dryRun === true ? 'There are more than these.' : 'There are more; the same again goes on.');
      printBatch(session, answer, () => (dryRun === true ? 'would be tried again' : 'done'));
    });
}

function toFilter({ status, failureClass, boundary, capability, minPriority }: RetryOptions): Schemas['WorkRetryFilterInput'] {
  return given({ status, failureClass, boundary, capability, minPriority });
}
