import type { Command } from 'commander';
import { answerOf } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { toInteger, toList } from './parse-values.ts';
import { given } from './session.ts';
import type { OpenSession } from './session.ts';

interface CreateOptions {
  readonly scopes: readonly Schemas['ScopeInput'][];
  readonly projects?: readonly string[];
  readonly expires?: string;
}

/** `weft tokens …` */
export function addTokenCommands(program: Command, open: OpenSession): void {
  const tokens = program.command('tokens').description('API tokens: create, list, revoke.');
  addCreate(tokens, open);
  addList(tokens, open);
  addRevoke(tokens, open);
}

function addCreate(tokens: Command, open: OpenSession): void {
  tokens
    .command('create <name>')
    .description('Make a token. It is shown this once, and can do no more than its maker.')
    .requiredOption('--scopes <a,b>', 'what it may do: work:read, work:write, targets:admin, agents:admin, admin', toList)
    .option('--projects <a,b>', 'the only projects that exist for it (default: those of -p, or of its maker)', toList)
    .option('--expires <time>', 'not valid from then on, such as 2030-01-31T18:00:00Z')
    .action(async (name: string, { scopes, projects, expires }: CreateOptions, command: Command) => {
      const { client, project, printText, hint } = open(command);
      const bound = projects ?? (project.projectId === undefined ? undefined : [project.projectId]);
      const wishes = given({ projects: bound === undefined ? undefined : [...bound], expiresAt: expires });
      const token = await answerOf(client.POST('/api/tokens', { body: { name, scopes: [...scopes], ...wishes } }));
      hint(`Token ${token.id}; this is the only time that it is shown:`);
      // Whole, and alone on stdout.
      printText(token, () => `${token.token ?? ''}\n`);
    });
}

function addList(tokens: Command, open: OpenSession): void {
  tokens
    .command('list')
    .description('List tokens, the newest first; never their secrets.')
    .option('--limit <n>', 'how many', toInteger)
    .option('--cursor <cursor>', 'continue a list')
    .action(async ({ limit, cursor }: { limit?: number; cursor?: string }, command: Command) => {
      const { client, print, hint } = open(command);
      const page = await answerOf(client.GET('/api/tokens', { params: { query: given({ limit, cursor }) } }));
      print(page, () => page.tokens.map(toRow));
      if (page.nextCursor !== null) hint(`There is more: --cursor ${page.nextCursor}`);
    });
}

function addRevoke(tokens: Command, open: OpenSession): void {
  tokens
    .command('revoke <id>')
    .description('Revoke a token; it is refused within two seconds.')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, print } = open(command);
      const token = await answerOf(client.DELETE('/api/tokens/{id}', { params: { path: { id } } }));
      print(token, () => [toRow(token)]);
    });
}

function toRow({ id, name, scopes, projects, expiresAt, lastUsedAt, revokedAt }: Schemas['ApiToken']) {
  return { id, name, scopes, projects: projects ?? 'all', expires: expiresAt, used: lastUsedAt, revoked: revokedAt };
}
