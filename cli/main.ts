#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import { shownSettings } from '../src/config-shown.ts';
import { loadConfig, loadConfigWithSources } from '../src/config.ts';
import { VERSION } from '../src/domain/version.ts';
import { printSettings } from './print-settings.ts';
import { isApiError, reportFailure } from './report-failure.ts';
import { addAgentCommands } from './rest/agents.ts';
import { addAuditCommands } from './rest/audit.ts';
import { addDeploymentCommands } from './rest/deployments.ts';
import { addEventsCommand } from './rest/events.ts';
import { addHoldCommands } from './rest/holds.ts';
import { addHostCommands } from './rest/hosts.ts';
import { addProjectsCommand } from './rest/projects.ts';
import type { KnownOption } from './rest/name-options.ts';
import { createOpenSession } from './rest/session.ts';
import { addStatsCommand } from './rest/stats.ts';
import { addSubmitCommand } from './rest/submit.ts';
import { addTargetCommands } from './rest/targets.ts';
import { addTokenCommands } from './rest/tokens.ts';
import { addWorkCommands } from './rest/work.ts';
import type { UpOptions } from './up/up.ts';

// Whoever read our output may leave; the servers must be ended in order all the same.
let readerLeft = false;
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => (readerLeft = true));

process.exitCode = await main();

async function main(): Promise<number> {
  const program: Command = new Command('weft')
    .description('A durable orchestrator for AI coding agents.')
    .version(VERSION)
    .addOption(new Option('-o, --output <format>', 'form of the output').choices(['table', 'json']).default('table'))
    .option('--server <url>', 'where Weft is (WEFT_URL, LOOM_API_URL; default: http://localhost:3000)')
    .option('--token <token>', 'API token (WEFT_TOKEN, LOOM_API_TOKEN)')
    .option('-p, --project <id>', 'the project')
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        if (!wantsJson(program)) process.stderr.write(text);
      },
    })
    .showHelpAfterError('(--help after the command names what there is)')
    .showSuggestionAfterError();
  let exitCode = 0;
  let running: Command = program;
  program.hook('preAction', (_program, command) => {
    running = command;
  });
  program
    .command('up')
    .description(
      'Run Temporal, NATS, PostgreSQL, api and worker here. External servers are used instead when TEMPORAL_ADDRESS, NATS_URL or DATABASE_URL is set.',
    )
    .option('--data-dir <path>', 'where everything is kept (WEFT_DATA_DIR; default: .weft)')
    .option('--ephemeral', 'keep nothing: temporary data, removed at exit', false)
    .option('--port <port>', 'port of the api; 0 = every port is a free one', toPort)
    .option('--json', 'print one line of JSON on stdout when ready', false)
    .action(async ({ dataDir, ...options }: UpOptions & { dataDir?: string }) => {
      // Only now: other commands need no servers, and shall be quick.
      const { up } = await import('./up/up.ts');
      exitCode = await up(dataDir === undefined ? process.env : { ...process.env, WEFT_DATA_DIR: dataDir }, options);
    });
  program
    .command('config')
    .description('The settings of this environment.')
    .command('print')
    .description('Print every setting with its value and where that is from; secrets are masked.')
    .action(() => {
      process.stdout.write(printSettings(shownSettings(loadConfigWithSources(process.env)), wantsJson(program) ? 'json' : 'text'));
    });
  addMigrate(program);
  const open = createOpenSession(process.env);
  addSubmitCommand(program, open);
  addWorkCommands(program, open);
  addTargetCommands(program, open);
  addAgentCommands(program, open);
  addDeploymentCommands(program, open);
  addProjectsCommand(program, open);
  addHoldCommands(program, open);
  addHostCommands(program, open);
  addEventsCommand(program, open);
  addStatsCommand(program, open);
  addTokenCommands(program, open);
  addAuditCommands(program, open);
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    if (readerLeft && isApiError(error) && error.code === 'INTERRUPTED') return 0;
    return reportFailure(error, { asJson: wantsJson(program), options: optionsOf(running) });
  }
}

function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("Make the ledger's tables in DATABASE_URL, or bring them up to date. The same again changes nothing.")
    .action(async () => {
      const { DATABASE_URL, WEFT_INSTALLATION_ID } = loadConfig(process.env);
      const { migrate } = await import('../src/adapters/postgres/index.ts');
      await migrate(DATABASE_URL, WEFT_INSTALLATION_ID);
      process.stdout.write("The ledger's tables are up to date.\n");
    });
}

/** Those of the command, and of what it belongs to. */
function optionsOf(command: Command): readonly KnownOption[] {
  const own = command.options.map((option) => ({ attribute: option.attributeName(), long: option.long ?? option.flags }));
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function wantsJson(program: Command): boolean {
  return program.opts<{ output: string }>().output === 'json';
}
