import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toFields } from './format-table.ts';
import { toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

interface ListOptions {
  readonly status?: Schemas['WorkStatusInput'];
  readonly boundary?: string;
  readonly capability?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** `weft work …` */
export function addWorkCommands(program: Command, open: OpenSession): void {
  const work = program.command('work').description('Work items: list, show, events, cancel, retry.');
  addList(work, open);
  addShow(work, open);
  addEvents(work, open);
  addCancel(work, open);
  addRetry(work, open);
}

function addList(work: Command, open: OpenSession): void {
  work
    .command('list')
    .description('List work items, the most urgent first.')
    .option('--status <status>', 'only those with this status')
    .option('--boundary <name>', 'only those with this boundary')
    .option('--capability <name>', 'only those that need this')
    .option('--limit <n>', 'how many', toInteger)
    .option('--cursor <cursor>', 'continue a list')
    .action(async ({ status, boundary, capability, limit, cursor }: ListOptions, command: Command) => {
      const { client, project, print, hint } = open(command);
      const query = { ...project, ...given({ status, boundary, capability, limit, cursor }) };
      const page = await answerOf(client.GET('/api/work', { params: { query } }));
      print(page, () => page.workItems.map(toRow));
      if (page.nextCursor !== null) hint(`There is more: --cursor ${page.nextCursor}`);
    });
}

function toRow({ id, status, phase, priority, boundary, capability, description }: Schemas['WorkItem']) {
  return { id, status, phase, priority, boundary, capability, description };
}

function addShow(work: Command, open: OpenSession): void {
  work
    .command('show <id>')
    .description('Show a work item.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, print } = open(command);
      const item = await answerOf(client.GET('/api/work/{id}', { params: { path: { id } } }));
      print(item, () => toFields(item));
    });
}

function addEvents(work: Command, open: OpenSession): void {
  work
    .command('events <id>')
    .description('What happened to a work item, in order.')
    .option('--after <seq>', 'only what came after this', toInteger)
    .action(async (id: string, { after }: { after?: number }, command: Command) => {
      const { client, print, hint } = open(command);
      const page = await answerOf(client.GET('/api/work/{id}/events', { params: { path: { id }, query: given({ afterSeq: after }) } }));
      print(page, () => page.events.map(({ seq, timestamp, type, data }) => ({ seq, time: timestamp, event: type, data })));
      if (page.hasMore) hint(`There is more: --after ${String(page.nextAfterSeq)}`);
    });
}

function addCancel(work: Command, open: OpenSession): void {
  work
    .command('cancel <id>')
    .description('Cancel a work item. One that has already ended stays as it is.')
    .option('--reason <text>', 'why')
    .action(async (id: string, { reason }: { reason?: string }, command: Command) => {
      const { client, print } = open(command);
      const answer = await answerOf(client.POST('/api/work/{id}/cancel', { params: { path: { id } }, body: given({ reason }) }));
      print(answer, () => [{ id, outcome: answer.outcome, message: answer.message }]);
    });
}

function addRetry(work: Command, open: OpenSession): void {
  work
    .command('retry <id>')
    .description('Let a work item that has failed be tried again.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, print } = open(command);
      const answer = await answerOf(client.POST('/api/work/{id}/retry', { params: { path: { id } } }));
      print(answer, () => toFields(answer));
    });
}
