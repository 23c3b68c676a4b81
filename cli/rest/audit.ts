import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toInteger } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

interface ListOptions {
  readonly actor?: string;
  readonly action?: Schemas['AuditEntry']['action'];
  readonly entityType?: Schemas['AuditEntry']['entityType'];
  readonly entityId?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** `weft audit …` */
export function addAuditCommands(program: Command, open: OpenSession): void {
  program
    .command('audit')
    .description('Who changed what: list.')
    .command('list')
    .description('List changes, the latest first.')
    .option('--actor <name>', 'only those by this actor')
    .option('--action <name>', 'only those of this kind, such as work.cancel')
    .option('--entity-type <type>', 'only those of work, target, agent, spin-up, project, host or token')
    .option('--entity-id <id>', 'only those of this one')
    .option('--since <time>', 'from this moment on, such as 2030-01-31T18:00:00Z')
    .option('--until <time>', 'before this moment')
    .option('--limit <n>', 'how many', toInteger)
    .option('--cursor <cursor>', 'continue a list')
    .action(async ({ actor, action, entityType, entityId, since, until, limit, cursor }: ListOptions, command: Command) => {
      const { client, project, print, hint } = open(command);
      const query = { ...project, ...given({ actor, action, entityType, entityId, since, until, limit, cursor }) };
      const page = await answerOf(client.GET('/api/audit', { params: { query } }));
      print(page, () => page.entries.map(toRow));
      if (page.nextCursor !== null) hint(`There is more: --cursor ${page.nextCursor}`);
    });
}

function toRow({ timestamp, actor, action, entityId, before, after }: Schemas['AuditEntry']) {
  return { time: timestamp, actor, action, entity: entityId, before, after };
}
