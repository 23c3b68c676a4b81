import { once } from 'node:events';
import { loadConfig } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';
import { onFreePorts } from '../../src/embedded/ports.ts';
import { openDataDirectory } from './data-directory.ts';
import type { DataDirectory } from './data-directory.ts';
import { endAgents } from './end-agents.ts';
import type { Env } from './environment.ts';
import { clearEphemeralRemains } from './ephemeral-remains.ts';
import { stopLeftovers } from './leftovers.ts';
import { apiProcess, apiUrl, OUR_ENTRIES, ourEnvironment, workerProcess } from './our-processes.ts';
import type { Entries } from './our-processes.ts';
import { forgetPorts, portsToTry, rememberPorts } from './ports.ts';
import type { Ports } from './ports.ts';
import { toJsonLine, toSummary } from './print-ready.ts';
import type { Ready } from './print-ready.ts';
import { say } from './say.ts';
import { startServers } from './servers.ts';
import { listenForStop } from './signals.ts';
import { Stack } from './stack.ts';

export interface UpOptions {
  readonly ephemeral: boolean;
  /** Port of the api; 0 = every port is a free one. */
  readonly port?: number;
  readonly json: boolean;
}

const PORT_OF_API = 3000;

/** Runs everything until SIGINT or SIGTERM, then ends it in order. Returns the exit code. Throws what a person must put right first. */
export async function up(env: Env, options: UpOptions, entries: Entries = OUR_ENTRIES): Promise<number> {
  const config = loadConfig(env);
  const signals = listenForStop();
  const data = openDataDirectory(options.ephemeral ? null : config.WEFT_DATA_DIR);
  const stack = new Stack(data.path, signals.stop);
  const end = await run({ env, config, options, entries, data, stack, stop: signals.stop });
  if (end.failure !== null) say(end.failure);
  const isStopped = await stop(stack, end.wasUp ? data : null, signals.hurry);
  if (isStopped && end.wasUp) forgetPorts(data.path);
  await data.release();
  return end.failure === null && isStopped ? 0 : 1;
}

/** `host` = whose agents are to end too: what outlived an earlier run goes on when this one was never up. True when nothing is left. */
async function stop(stack: Stack, host: DataDirectory | null, hurry: AbortSignal): Promise<boolean> {
  const tell = stack.isEmpty() ? (): void => undefined : say;
  tell('Stopping worker, api and servers. Ctrl-C again to hurry.');
  const ours = await stack.stopOurs(hurry);
  // A worker that was down, or ran out of time, has not ended all of its agents.
  const agents = host === null ? [] : await agentsLeft(host);
  const left = [...ours, ...agents, ...(await stack.stopServers(hurry))];
  tell(left.length > 0 ? `These could not be stopped: ${left.join(', ')}.` : 'Stopped.');
  return left.length === 0;
}

/** Whatever becomes of it, the servers are stopped next. */
async function agentsLeft({ path, hostId }: DataDirectory): Promise<readonly string[]> {
  try {
    return (await endAgents(path, hostId)).map((guid) => `agent ${guid}`);
  } catch (error) {
    say(`The agents of this machine could not be looked for: ${messageOf(error)}`);
    return ['agents'];
  }
}

interface Run {
  readonly env: Env;
  readonly config: Config;
  readonly options: UpOptions;
  readonly entries: Entries;
  readonly data: DataDirectory;
  readonly stack: Stack;
  readonly stop: AbortSignal;
}

/** Resolves when everything is to be stopped; `failure` is a sentence that tells why it could not be started. */
async function run(run: Run): Promise<{ wasUp: boolean; failure: string | null }> {
  try {
    tell(run, await start(run));
  } catch (error) {
    // Stopped while it was starting: nobody waits for the rest.
    return { wasUp: false, failure: run.stop.aborted ? null : messageOf(error) };
  }
  if (!run.stop.aborted) await once(run.stop, 'abort');
  return { wasUp: true, failure: null };
}

async function start(run: Run): Promise<Ready> {
  const { env, config, options, entries, data, stack } = run;
  await clearRemains(data);
  const apiPort = options.port ?? (env['API_PORT'] ? config.API_PORT : null);
  const wanted = portsToTry(data.path, apiPort ?? PORT_OF_API);

  const { addresses, ports } = await startServers(stack, { env, config, data, ports: wanted });
  run.stop.throwIfAborted();
  const ourEnv = ourEnvironment(env, { config, data, addresses });
  const [api] = await stack.together([
    onFreePorts({ port: wanted.api }, async ({ port }) => {
      if (apiPort && port !== apiPort) throw new Error(`Port ${String(apiPort)} is taken. Choose another one with --port or API_PORT; 0 = any.`);
      await stack.start(apiProcess(entries.api, { env: ourEnv, data, host: config.API_HOST, port }));
      return port;
    }),
    stack.start(workerProcess(entries.worker, { env: ourEnv, data, shutdownGraceMs: config.WEFT_SHUTDOWN_GRACE_MS })),
  ]);
  const chosen = { ...wanted, ...ports, api };
  rememberPorts(data.path, chosen);
  sayMoved(wanted, chosen);
  return { ...addresses, api: apiUrl(config.API_HOST, api) };
}

async function clearRemains(data: DataDirectory): Promise<void> {
  const left = await stopLeftovers(data.path);
  if (left.length > 0) say(`Stopped what an earlier run had left: ${left.join(', ')}.`);
  for (const directory of await clearEphemeralRemains()) say(`Removed what an earlier ephemeral run had left: ${directory}.`);
}

function sayMoved(wanted: Ports, chosen: Ports): void {
  for (const [name, port] of Object.entries<number>(wanted)) {
    const now = chosen[name as keyof Ports]; // the same names
    if (port !== 0 && port !== now) say(`Port ${String(port)} is taken: ${name} is on ${String(now)}.`);
  }
}

function tell({ options, data, config }: Run, ready: Ready): void {
  const about = {
    directory: data.path,
    isEphemeral: data.isEphemeral,
    namespace: config.TEMPORAL_NAMESPACE,
    hasTokens: config.API_TOKENS.length > 0,
    host: config.API_HOST,
  };
  process.stdout.write(options.json ? toJsonLine(ready) : toSummary(ready, about));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
