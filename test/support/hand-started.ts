import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { bundleAgent } from '../../scripts/bundle-agent.ts';
import type { AgentCommand } from '../../src/domain/agents/commands.ts';
import { GUID_MARKER, RUNNER_CONFIG } from '../../src/domain/agents/launch.ts';
import type { RunnerConfig } from '../../src/domain/agents/launch.ts';
import { commandSubject } from '../../src/domain/subjects.ts';
import type { Product } from './product.ts';

const HARNESS = fileURLToPath(new URL('../fixtures/product/harness.sh', import.meta.url));

const ANSWER_WITHIN_MS = 1000;

export interface HandStarted {
  readonly guid: string;
  /** Where its harness runs. */
  readonly directory: string;
  readonly runner: ChildProcess;
}

/** What few people do. */
interface Unusual {
  /** Not one of its own. */
  readonly guid?: string;
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** Starts our runner as a person would: no target, no session, nobody who may end it but the test. */
export interface HandStarter {
  readonly start: (capability: string, unusual?: Unusual) => HandStarted;
  readonly endAll: () => Promise<void>;
}

export async function createHandStarter(product: Product): Promise<HandStarter> {
  const bundle = join(product.workDir, 'agent.mjs');
  await bundleAgent(bundle);
  let runners: ChildProcess[] = [];
  return {
    start: (capability, { guid = randomUUID(), nodeArgs = [] } = {}) => {
      const directory = join(product.workDir, randomUUID());
      mkdirSync(directory);
      const config: RunnerConfig = {
        guid,
        projectId: 'default',
        handle: 'by-hand',
        agentType: 'claude-code',
        capabilities: [capability],
        boundaries: ['open-source'],
        task: 'serve',
        harness: { command: '/bin/sh', args: [HARNESS], workingDirectory: directory },
        heartbeatMs: 500,
        leaveAfterIdleMs: 0,
        resendMs: 500,
      };
      const env = {
        PATH: process.env['PATH'],
        NATS_URL: product.ready().nats,
        WEFT_RUNNER_DIR: directory,
        [GUID_MARKER]: guid,
        [RUNNER_CONFIG]: JSON.stringify(config),
      };
      const runner = spawn(process.execPath, [...nodeArgs, bundle], { cwd: directory, stdio: 'ignore', env });
      runners.push(runner);
      return { guid, directory, runner };
    },
    endAll: async () => {
      const ending = runners.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      runners = [];
      await Promise.all(
        ending.map((runner) => {
          runner.kill('SIGTERM');
          runner.kill('SIGCONT'); // a test may have failed while it was suspended
          return once(runner, 'exit');
        }),
      );
    },
  };
}

/** How many runners answer for this GUID. */
export async function countAnswering(product: Product, guid: string): Promise<number> {
  const connection = await connect({ servers: product.ready().nats });
  const command: AgentCommand = { name: 'status' };
  const answers = await connection.requestMany(commandSubject('default', guid, command.name), JSON.stringify(command), {
    strategy: 'timer',
    maxWait: ANSWER_WITHIN_MS,
  });
  let count = 0;
  for await (const { data } of answers) if (data.length > 0) count++; // a server says without data that nobody is there
  await connection.close();
  return count;
}

/** As if the agent had said goodbye, had been silent for too long, or somebody had removed its entry from the registry. */
export async function removeEntry(product: Product, guid: string): Promise<void> {
  const connection = await connect({ servers: product.ready().nats });
  await (await new Kvm(jetstream(connection)).open('agent-registry')).delete(guid);
  await connection.close();
}
