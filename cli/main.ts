#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { shownSettings } from '../src/config-shown.ts';
import { ConfigError, loadConfig, loadConfigWithSources } from '../src/config.ts';
import { printSettings } from './print-settings.ts';
import type { UpOptions } from './up/up.ts';

const USAGE_ERROR = 2;
const FAILED = 1;

// Whoever read our output may leave; the servers must be ended in order all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await main();

async function main(): Promise<number> {
  const program = new Command('weft')
    .description('A durable orchestrator for AI coding agents.')
    .exitOverride()
    .showHelpAfterError('(see `weft --help`)')
    .showSuggestionAfterError();
  let exitCode = 0;
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
    .addOption(new Option('-o, --output <format>', 'form of the output').choices(['text', 'json']).default('text'))
    .action(({ output }: { output: 'text' | 'json' }) => {
      process.stdout.write(printSettings(shownSettings(loadConfigWithSources(process.env)), output));
    });
  program
    .command('migrate')
    .description("Make the ledger's tables in DATABASE_URL, or bring them up to date. The same again changes nothing.")
    .action(async () => {
      const { DATABASE_URL, WEFT_INSTALLATION_ID } = loadConfig(process.env);
      const { migrate } = await import('../src/adapters/postgres/index.ts');
      await migrate(DATABASE_URL, WEFT_INSTALLATION_ID);
      process.stdout.write("The ledger's tables are up to date.\n");
    });
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    // Commander has printed its own sentence.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof ConfigError ? USAGE_ERROR : FAILED;
  }
}

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}
