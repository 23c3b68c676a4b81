import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { formatLine } from './format-table.ts';
import { toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession, Session } from './session.ts';

interface EventsQuery {
  readonly topic?: Schemas['EventTopicInput'];
  readonly type?: Schemas['WeftEvent']['type'];
  readonly after?: number;
  readonly limit?: number;
}

/** `weft events` */
export function addEventsCommand(program: Command, open: OpenSession): void {
  program
    .command('events')
    .description('What happened to all work items, agents and targets, in order.')
    .option('--topic <topic>', 'only work, agents or targets')
    .option('--type <name>', 'only those of this name, such as work:failed')
    .option('--after <position>', 'only what came after this', toInteger)
    .option('--limit <n>', 'how many', toInteger)
    .option('-f, --follow', 'from now on (or --after), as things happen, until Ctrl-C')
    .action(async ({ topic, type, after, limit, follow }: EventsQuery & { follow?: true }, command: Command) => {
      const session = open(command);
      const { client, project, print, hint } = session;
      const query = { ...project, ...given({ topic, type, after, limit }) };
      if (follow === true) return followAll(session, query);
      const page = await answerOf(client.GET('/api/events', { params: { query } }));
      print(page, () => page.events.map(toRow));
      if (page.hasMore) hint(`There is more: --after ${String(page.nextAfter)}`);
    });
}

async function followAll({ client, follow, printNext }: Session, query: EventsQuery): Promise<void> {
  for await (const { data } of follow((call) => answerOf(client.GET('/api/events', { params: { query }, ...call })))) {
    const event = data as Schemas['WeftEvent']; // what this stream carries
    printNext(event, () => formatLine(Object.values(toRow(event))));
  }
}

function toRow({ position, timestamp, type, entityId, data }: Schemas['WeftEvent']) {
  return { time: timestamp, event: type, of: entityId, position, data };
}
