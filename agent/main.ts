import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { GUID_MARKER, RUNNER_CONFIG, RunnerConfig } from '../src/domain/agents/launch.ts';
import { parseNatsServers } from '../src/domain/nats-servers.ts';
import type { NatsServers } from '../src/domain/nats-servers.ts';
import { CommandRunner } from './command-runner.ts';
import { allowedEnvironment } from './harness-environment.ts';
import { connectNatsBus } from './nats-bus.ts';
import { Runner } from './runner.ts';
import type { RunnerOptions } from './runner.ts';

const CONNECT_TIMEOUT_MS = 60_000;

const config = readConfig();
const bus = await connectNatsBus(readServers(), `weft-agent ${config.guid}`, CONNECT_TIMEOUT_MS).catch((error: unknown) =>
  fail(error instanceof Error ? error.message : String(error), 1),
);
const given = process.env['WEFT_RUNNER_DIR'];
const runnerDirectory = given === undefined ? await mkdtemp(join(tmpdir(), 'weft-agent-')) : resolve(given);
const username = process.env['USER'];
const options: RunnerOptions = {
  config,
  bus,
  host: { hostname: hostname(), ...(username === undefined ? {} : { username }) },
  runnerDirectory,
  allowed: allowedEnvironment(process.env),
};
const runner = config.task === 'command' ? new CommandRunner({ ...options, say }) : new Runner(options);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => {
    runner.leave();
  });
process.on('uncaughtException', (error) => {
  console.error(`weft-agent: a bug: ${error.stack ?? error.message}`);
  process.exitCode = 1;
  runner.leave();
});
if ((await runner.left) === 'harness-alive') fail('a process of the harness does not end; leaving without it', 1);
// What the runner made itself is its own to remove; a directory it was given belongs to the giver.
if (given === undefined) await rm(runnerDirectory, { recursive: true, force: true });
process.exit();

function readConfig(): RunnerConfig {
  const text = process.env[RUNNER_CONFIG];
  if (text === undefined) return fail(`${RUNNER_CONFIG} is missing; it must hold the runner's configuration as JSON`, 2);
  const parsed = RunnerConfig.safeParse(parseJson(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    return fail([`${RUNNER_CONFIG} is not valid:`, ...problems].join('\n'), 2);
  }
  if (process.env[GUID_MARKER] !== parsed.data.guid) return fail(`${GUID_MARKER} must be set to the configuration's guid ${parsed.data.guid}`, 2);
  return parsed.data;
}

function readServers(): NatsServers {
  const { NATS_URL, NATS_USER, NATS_PASS, NATS_CA } = process.env;
  const parsed = parseNatsServers({ NATS_URL, NATS_USER, NATS_PASS, NATS_CA });
  return 'problems' in parsed ? fail(parsed.problems.join('\n'), 2) : parsed.servers;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function say(line: string): void {
  console.error(`weft-agent: ${line}`);
}

function fail(message: string, exitCode: number): never {
  say(message);
  process.exit(exitCode);
}
