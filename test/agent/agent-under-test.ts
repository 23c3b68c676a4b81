import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleAgent } from '../../scripts/bundle-agent.ts';
import { GUID_MARKER, RUNNER_CONFIG } from '../../src/domain/agents/launch.ts';
import type { RunnerConfig } from '../../src/domain/agents/launch.ts';
import type { Heartbeat } from '../../src/domain/agents/report.ts';
import { signalIfThere } from '../support/marked-processes.ts';
import { scratchDirectory, startTestNats } from '../support/servers.ts';
import type { TestNats } from '../support/servers.ts';
import { GUID, aRunnerConfig } from './assignment.ts';
import { processesWith, until } from './processes.ts';
import { ServerSide } from './server-side.ts';

export const NATS_PASSWORD = 'nats-password-secret';
/** Every process of the agent carries it. */
export const MARKED = `${GUID_MARKER}=${GUID}`;

/** The bundled runner as a process of its own, beside a real NATS and the server's side of the protocol. */
export class AgentUnderTest {
  readonly nats: TestNats;
  readonly server: ServerSide;
  readonly directory = scratchDirectory('runner');
  errors = '';
  readonly #bundle: string;
  #child: ChildProcess | undefined;

  private constructor(bundle: string, nats: TestNats, server: ServerSide) {
    this.#bundle = bundle;
    this.nats = nats;
    this.server = server;
  }

  /** Everything but the runner itself; `configuration` is added to the NATS server's. */
  static async prepare(configuration = ''): Promise<AgentUnderTest> {
    const bundle = join(scratchDirectory('bundle'), 'agent.mjs');
    await bundleAgent(bundle);
    const nats = await startTestNats(configuration);
    const server = await ServerSide.connect(nats.url);
    await server.readReports();
    return new AgentUnderTest(bundle, nats, server);
  }

  /** Starts the runner with nothing but what it needs, and does not wait for it. */
  launch(part: Partial<RunnerConfig>, env: NodeJS.ProcessEnv = {}): void {
    const config = aRunnerConfig(part);
    const child = spawn(process.execPath, [this.#bundle], {
      cwd: this.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NATS_URL: this.nats.url,
        NATS_USER: 'agent',
        NATS_PASS: NATS_PASSWORD,
        [RUNNER_CONFIG]: JSON.stringify(config),
        [GUID_MARKER]: config.guid,
        WEFT_RUNNER_DIR: this.directory,
        ...env,
      },
    });
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.#child = child;
  }

  /** Starts the runner for a shell line and waits for its first heartbeat. */
  async start(command: string, part: Partial<RunnerConfig> = {}): Promise<void> {
    this.launch({ harness: { command }, ...part });
    await until(() => this.server.heartbeats.length > 0, 'the first heartbeat');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    const child = this.#child;
    if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  /** True when the harness has made this file in the runner's directory. */
  async has(name: string): Promise<boolean> {
    return (await readdir(this.directory)).includes(name);
  }

  lastHeartbeat(): Heartbeat | undefined {
    return this.server.heartbeats.at(-1);
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.nats.stop();
    this.kill('SIGKILL');
    await this.exitCode();
    for (const pid of await processesWith(MARKED)) signalIfThere(pid, 'SIGKILL');
  }
}
