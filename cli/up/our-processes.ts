import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Environment, IN_FILES } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';
import type { ProcessSpec } from '../../src/embedded/process-spec.ts';
import type { DataDirectory } from './data-directory.ts';
import { isInFile, pick } from './environment.ts';
import type { Env } from './environment.ts';
import type { Addresses } from './servers.ts';

/** What is executed as api, and as worker with the bridge inside. */
export interface Entries {
  readonly api: string;
  readonly worker: string;
}

const FROM_SOURCE = import.meta.url.endsWith('.ts');
const READY_TIMEOUT_MS = 90_000;
const PROBE_TIMEOUT_MS = 3000;
// What a worker is allowed beyond its own clean stop before it is killed.
const STOP_MARGIN_MS = 5000;
const API_STOP_MS = 10_000;
const SYSTEM = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL'];

/** From source or from the build, whichever we are ourselves. */
export const OUR_ENTRIES: Entries = { api: entry('api'), worker: entry('worker') };

/** The environment of api and worker: the system's and our settings, as far as they are set, and what `up` decides. Nothing else. */
export function ourEnvironment(env: Env, given: { config: Config; data: DataDirectory; addresses: Addresses }): Record<string, string> {
  const { config, data, addresses } = given;
  // A database of the user's own keeps an id of its own: several installations may share it.
  const installationId = config.WEFT_INSTALLATION_ID ?? (addresses.ownDatabase ? data.installationId : null);
  return {
    ...pick(env, [...SYSTEM, ...Object.keys(Environment.shape), ...IN_FILES.map((name) => `${name}_FILE`)]),
    TEMPORAL_ADDRESS: addresses.temporal,
    // What is in a file stays there: an environment is easier to see.
    ...(isInFile(env, 'NATS_URL') ? {} : { NATS_URL: addresses.nats }),
    ...(isInFile(env, 'DATABASE_URL') ? {} : { DATABASE_URL: addresses.database }),
    WEFT_DATA_DIR: data.path,
    WEFT_HOST_ID: env['WEFT_HOST_ID'] ? config.WEFT_HOST_ID : data.hostId,
    ...(installationId === null ? {} : { WEFT_INSTALLATION_ID: installationId }),
  };
}

export function apiProcess(file: string, given: { env: Readonly<Record<string, string>>; data: DataDirectory; host: string; port: number }): ProcessSpec {
  const probe = `${apiUrl(given.host, given.port)}/health/ready`;
  return {
    name: 'api',
    argv: toArgv(file),
    env: { ...given.env, API_PORT: String(given.port) },
    logFile: join(given.data.path, 'logs', 'api.log'),
    ready: () => answersOk(probe),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stop: { signal: 'SIGTERM', graceMs: API_STOP_MS },
  };
}

export function workerProcess(file: string, given: { env: Readonly<Record<string, string>>; data: DataDirectory; shutdownGraceMs: number }): ProcessSpec {
  return {
    name: 'worker',
    argv: toArgv(file),
    env: given.env,
    logFile: join(given.data.path, 'logs', 'worker.log'),
    ready: 'ready-message',
    readyTimeoutMs: READY_TIMEOUT_MS,
    stop: { signal: 'SIGTERM', graceMs: given.shutdownGraceMs + STOP_MARGIN_MS },
  };
}

/** Where this machine reaches the api. */
export function apiUrl(host: string, port: number): string {
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
  return `http://${everywhere[host] ?? (host.includes(':') ? `[${host}]` : host)}:${String(port)}`;
}

function entry(name: string): string {
  return fileURLToPath(new URL(`../../${name}/main.${FROM_SOURCE ? 'ts' : 'js'}`, import.meta.url));
}

function toArgv(file: string): [string, ...string[]] {
  return file.endsWith('.ts') ? [process.execPath, '--import', import.meta.resolve('tsx'), file] : [process.execPath, file];
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await reply.body?.cancel();
    return reply.ok;
  } catch {
    return false;
  }
}
