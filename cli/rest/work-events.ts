import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { formatLine } from './format-table.ts';
import { toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession, Session } from './session.ts';

interface EventsOptions {
  readonly after?: number;
  readonly follow?: true;
}

/** `weft work events` */
export function addEvents(work: Command, open: OpenSession): void {
  work
    .command('events <id>')
    .description('What happened to a work item, in order.')
    .option('--after <seq>', 'only what came after this', toInteger)
    .option('-f, --follow', 'go on as things happen, until Ctrl-C')
    .action(async (id: string, { after, follow }: EventsOptions, command: Command) => {
      const session = open(command);
      if (follow === true) return followEvents(session, id, after ?? 0);
      const { client, print, hint } = session;
      const page = await answerOf(client.GET('/api/work/{id}/events', { params: { path: { id }, query: given({ afterSeq: after }) } }));
      print(page, () => page.events.map(toRow));
      if (page.hasMore) hint(`There is more: --after ${String(page.nextAfterSeq)}`);
    });
}

async function followEvents({ client, follow, printNext }: Session, id: string, after: number): Promise<void> {
  for await (const { data } of follow((call) => answerOf(client.GET('/api/work/{id}/events', { params: { path: { id } }, ...call })))) {
    const event = data as Schemas['WeftEvent']; // what this stream carries
    if (event.seq > after) printNext(event, () => formatLine(Object.values(toRow(event))));
  }
}

function toRow({ seq, timestamp, type, data }: Schemas['WeftEvent']) {
  return { time: timestamp, event: type, seq, data };
}
