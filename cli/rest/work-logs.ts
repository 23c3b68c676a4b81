import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession, Session } from './session.ts';

interface LogsOptions {
  readonly tail?: number;
  readonly follow?: true;
}

type Printed = Pick<Schemas['WorkLogs'], 'linesDropped'> & { readonly lines: readonly Pick<Schemas['LogLine'], 'text'>[] };

/** `weft work logs` */
export function addLogs(work: Command, open: OpenSession): void {
  work
    .command('logs <id>')
    .description('What the agents of a work item printed.')
    .option('--tail <n>', 'the newest lines, at most (default: 1000)', toInteger)
    .option('-f, --follow', 'go on as the agent prints, until the item has ended')
    .action(async (id: string, { tail, follow }: LogsOptions, command: Command) => {
      const session = open(command);
      if (follow === true) return followLogs(session, id, tail);
      const { client, printText, hint } = session;
      const log = await answerOf(client.GET('/api/work/{id}/logs', { params: { path: { id }, query: given({ tail }) } }));
      printText(log, () => toText(log));
      if (log.truncated) hint('Older lines are left out; --tail says how many are shown.');
    });
}

async function followLogs({ client, follow, printNext, hint }: Session, id: string, tail: number | undefined): Promise<void> {
  const query = { follow: 'true' as const, ...given({ tail }) };
  for await (const { event, data } of follow((call) => answerOf(client.GET('/api/work/{id}/logs', { params: { path: { id }, query }, ...call })))) {
    if (event === 'end') {
      hint(`The work item has ended as ${(data as Pick<Schemas['WorkItem'], 'status'>).status}.`); // what this event carries
      return;
    }
    const printed = data as Printed; // what the others carry
    printNext(printed, () => toText(printed));
  }
}

function toText({ lines, linesDropped }: Printed): string {
  const dropped = linesDropped === 0 ? '' : `... ${String(linesDropped)} lines were left out\n`;
  return dropped + lines.map(({ text }) => `${text}\n`).join('');
}
