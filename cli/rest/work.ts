import { Option } from 'commander';
import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { addApproval } from './approve-work.ts';
import { addAnswer, describeQuestion } from './answer-work.ts';
import { addCancel } from './cancel-work.ts';
import { addRetry } from './retry-work.ts';
import { toFields } from './format-table.ts';
import { toInteger, toMoment } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';
import { addAttempts } from './work-attempts.ts';
import { addEvents } from './work-events.ts';
import { addWhy } from './work-decision.ts';
import { addLogs } from './work-logs.ts';
import { toRow } from './work-row.ts';

const STATUSES: readonly Schemas['WorkStatusInput'][] = ['pending', 'assigned', 'in-progress', 'completed', 'failed', 'cancelled'];

interface ListOptions {
  readonly status?: Schemas['WorkStatusInput'];
  readonly failureClass?: Schemas['DeadLetterClassInput'];
  readonly boundary?: string;
  readonly capability?: string;
  readonly submitter?: string;
  readonly waitsForPerson?: true;
  readonly limit?: number;
  readonly cursor?: string;
}

interface ChangeOptions {
  readonly priority?: number;
  readonly deadline?: string;
  readonly notBefore?: string;
}

/** `weft work …` */
export function addWorkCommands(program: Command, open: OpenSession): void {
  const work = program.command('work').description('Work items: list, show, attempts, events, logs, why, answer, approve, reject, update, cancel, retry.');
  addList(work, open);
  addShow(work, open);
  addAttempts(work, open);
  addEvents(work, open);
  addLogs(work, open);
  addWhy(work, open);
  addAnswer(work, open);
  addApproval(work, open);
  addUpdate(work, open);
  addCancel(work, open);
  addRetry(work, open);
}

function addList(work: Command, open: OpenSession): void {
  work
    .command('list')
    .description('List work items, the most urgent first.')
    .addOption(new Option('--status <status>', 'only those with this status').choices(STATUSES))
    .option('--failure-class <class>', 'only those that failed for good with this')
    .option('--boundary <name>', 'only those with this boundary')
    .option('--capability <name>', 'only those that need this')
    .option('--submitter <name>', 'only those submitted under this name')
    .option('--waits-for-person', 'only those that wait for a person')
    .option('--limit <n>', 'how many', toInteger)
    .option('--cursor <cursor>', 'continue a list')
    .action(async ({ status, failureClass, boundary, capability, submitter, waitsForPerson, limit, cursor }: ListOptions, command: Command) => {
      const { client, project, print, hint } = open(command);
      const waitsFor = waitsForPerson === true ? ('person' as const) : undefined;
      const query = { ...project, ...given({ status, failureClass, boundary, capability, submitter, waitsFor, limit, cursor }) };
      const page = await answerOf(client.GET('/api/work', { params: { query } }));
      print(page, () => page.workItems.map(toRow));
      if (page.nextCursor !== null) hint(`There is more: --cursor ${page.nextCursor}`);
    });
}

function addShow(work: Command, open: OpenSession): void {
  work
    .command('show <id>')
    .description('Show a work item.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, print, hint } = open(command);
      const item = await answerOf(client.GET('/api/work/{id}', { params: { path: { id } } }));
      print(item, () => toFields(item));
      if (item.question !== undefined) hint(describeQuestion(item.question));
    });
}

function addUpdate(work: Command, open: OpenSession): void {
  work
    .command('update <id>')
    .description('Change a work item that has not ended.')
    .option('--priority <1-10>', '10 is the most urgent', toInteger)
    .option('--deadline <time>', 'when it must have ended, or "none"')
    .option('--not-before <time>', 'no attempt begins earlier, or "none"; only until it has started')
    .action(async (id: string, { priority, deadline, notBefore }: ChangeOptions, command: Command) => {
      const { client, print } = open(command);
      const body = given({ priority, deadline: toMoment(deadline), notBefore: toMoment(notBefore) });
      const item = await answerOf(client.PATCH('/api/work/{id}', { params: { path: { id } }, body }));
      print(item, () => toFields(item));
    });
}
