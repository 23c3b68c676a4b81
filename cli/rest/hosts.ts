import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

/** `weft hosts …` */
export function addHostCommands(program: Command, open: OpenSession): void {
  const hosts = program.command('hosts').description('Machines whose workers start agents: list, gone.');
  hosts
    .command('list', { isDefault: true })
    .description('List the hosts, in order of id (also without "list").')
    .option('--limit <n>', 'how many', toInteger)
    .option('--cursor <cursor>', 'continue a list')
    .action(async ({ limit, cursor }: { limit?: number; cursor?: string }, command: Command) => {
      const { client, print, hint } = open(command);
      const page = await answerOf(client.GET('/api/hosts', { params: { query: given({ limit, cursor }) } }));
      print(page, () => page.hosts.map(toRow));
      if (page.nextCursor !== null) hint(`There is more: --cursor ${page.nextCursor}`);
    });
  hosts
    .command('gone <host>')
    .description('Say that a host does not come back: its agents are given up, and their work goes on elsewhere. Refused while its worker is there.')
    .option('--reason <text>', 'why')
    .action(async (id: string, { reason }: { reason?: string }, command: Command) => {
      const { client, print } = open(command);
      const host = await answerOf(client.POST('/api/hosts/{id}/gone', { params: { path: { id } }, body: given({ reason }) }));
      print(host, () => [toRow(host)]);
    });
}

function toRow({ id, hostname, state, open, lastSeenAt, sessions, leftBehind, targets }: Schemas['Host']) {
  const { total, ...byState } = sessions;
  const agents = Object.entries(byState).flatMap(([name, count]) => (count === 0 ? [] : [`${String(count)} ${name}`]));
  return {
    host: id,
    hostname,
    state,
    'takes starts': open,
    seen: lastSeenAt,
    agents: total === 0 ? 0 : agents.join(', '),
    'left behind': leftBehind,
    targets: targets.map(({ name }) => name),
  };
}
