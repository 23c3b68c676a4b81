import { once } from 'node:events';
import { migrate } from '../../src/adapters/postgres/index.ts';
import { loadConfig } from '../../src/config.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import type { ProcessSpec, Supervised } from '../../src/embedded/supervise.ts';
import { choosePorts } from './choose-ports.ts';
import { InUseError, openDataDirectory } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import type { ProcessIdentity } from '../../src/embedded/process-identity.ts';
import { recordProcesses, stopLeftovers } from './leftovers.ts';
import { ourProcesses } from './our-processes.ts';
import { printReady } from './print-ready.ts';
import { planServers } from './servers.ts';

export interface UpOptions {
  readonly ephemeral: boolean;
  readonly port?: number;
  readonly json: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Runs everything until SIGINT or SIGTERM, then ends it in order. Returns the exit code. */
export async function up(env: Env, options: UpOptions): Promise<number> {
  const config = loadConfig(env);
  const stopping = listenForSignals();
  let data: DataDirectory;
  try {
    data = openDataDirectory(config.WEFT_DATA_DIR, options.ephemeral);
  } catch (error) {
    if (!(error instanceof InUseError)) throw error;
    say(error.message);
    return 1;
  }
  const running = new Running(data);
  try {
    await startAll(env, { config, options, data, running, signal: stopping.first });
    if (!stopping.first.aborted) await once(stopping.first, 'abort');
    return 0;
  } catch (error) {
    if (stopping.first.aborted) return 0;
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    if (running.isAnythingUp()) say('Stopping: local agents, worker, api, servers. Ctrl-C again to hurry.');
    await running.stop(stopping.second);
    data.release();
    stopping.close();
  }
}

interface Start {
  readonly config: ReturnType<typeof loadConfig>;
  readonly options: UpOptions;
  readonly data: DataDirectory;
  readonly running: Running;
  readonly signal: AbortSignal;
}

async function startAll(env: Env, { config, options, data, running, signal }: Start): Promise<void> {
  const left = await stopLeftovers(data.path);
  if (left.length > 0) say(`Stopped what an earlier run had left: ${left.join(', ')}.`);
  const ports = await choosePorts(data.path, options.port ?? (env['API_PORT'] === undefined ? 3000 : config.API_PORT));
  const { specs, addresses } = await planServers(env, { directory: data.path, config, ports });
  await running.startAll(specs);
  signal.throwIfAborted();
  await migrate(addresses.database);
  const { api, worker } = ourProcesses(env, { data, addresses, ports, shutdownGraceMs: config.WEFT_SHUTDOWN_GRACE_MS });
  await running.startAll([api, worker]);
  signal.throwIfAborted();
  printReady({ api: `http://${config.API_HOST}:${String(ports.api)}`, ...addresses }, { json: options.json, data, tokens: config.API_TOKENS.length > 0 });
}

/** What was started; stopped worker first, then api, then the servers. */
class Running {
  readonly #data: DataDirectory;
  readonly #processes: Supervised[] = [];
  readonly #identities = new Map<string, ProcessIdentity>();
  #stopping = false;

  constructor(data: DataDirectory) {
    this.#data = data;
  }

  /** Starts them at once; when one fails, the others are still known and stopped with the rest. */
  async startAll(specs: readonly ProcessSpec[]): Promise<void> {
    const results = await Promise.allSettled(specs.map((spec) => this.#start(spec)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #start(spec: ProcessSpec): Promise<void> {
    const process = await supervise(spec, {
      onChange: (name, identity) => {
        if (identity === null) this.#identities.delete(name);
        else this.#identities.set(name, identity);
        recordProcesses(this.#data.path, this.#identities);
      },
      onDown: ({ name, how, lastLines, restartInMs }) => {
        if (!this.#stopping) say(`${name} ${how}; it is restarted in ${String(restartInMs)} ms. Its last lines:\n${indent(lastLines)}`);
      },
      onRecovered: (name) => {
        say(`${name} is back.`);
      },
    });
    this.#processes.push(process);
  }

  isAnythingUp(): boolean {
    return this.#processes.length > 0;
  }

  async stop(hurry: AbortSignal): Promise<void> {
    this.#stopping = true;
    for (const name of ['worker', 'api']) await this.#processes.find((process) => process.name === name)?.stop(hurry);
    await Promise.all(this.#processes.filter(({ name }) => name !== 'worker' && name !== 'api').map((process) => process.stop(hurry)));
  }
}

/** The first signal stops, the second one hurries. */
function listenForSignals(): { first: AbortSignal; second: AbortSignal; close: () => void } {
  const first = new AbortController();
  const second = new AbortController();
  const onSignal = (): void => {
    (first.signal.aborted ? second : first).abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    first: first.signal,
    second: second.signal,
    close: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
