import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Environment } from '../../src/config.ts';
import type { ProcessSpec } from '../../src/embedded/supervise.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Ports } from './choose-ports.ts';
import { pick } from './servers.ts';
import type { Addresses } from './servers.ts';

const FROM_SOURCE = import.meta.url.endsWith('.ts');
const READY_TIMEOUT_MS = 60_000;
// What `up` allows a worker beyond its own clean stop before it is killed.
const STOP_MARGIN_MS = 5000;
const API_STOP_MS = 10_000;
const SYSTEM = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL'];

/** api and worker (with the bridge inside), from source or from the build, whichever we are ourselves. */
export function ourProcesses(
  env: Readonly<Record<string, string | undefined>>,
  given: { data: DataDirectory; addresses: Addresses; ports: Ports; shutdownGraceMs: number },
): { api: ProcessSpec; worker: ProcessSpec } {
  const { data, addresses, ports, shutdownGraceMs } = given;
  const childEnv = {
    ...pick(env, [...SYSTEM, ...Object.keys(Environment.shape)]),
    TEMPORAL_ADDRESS: addresses.temporal,
    NATS_URL: addresses.nats,
    DATABASE_URL: addresses.database,
    WEFT_DATA_DIR: data.path,
    WEFT_HOST_ID: env['WEFT_HOST_ID'] ?? data.hostId,
    WEFT_INSTALLATION_ID: data.installationId,
    API_PORT: String(ports.api),
  };
  const spec = (name: string, graceMs: number): ProcessSpec => ({
    name,
    argv: entry(name),
    env: childEnv,
    logFile: join(data.path, 'logs', `${name}.log`),
    ready: 'ready-message',
    readyTimeoutMs: READY_TIMEOUT_MS,
    stop: { signal: 'SIGTERM', graceMs },
  });
  return { api: spec('api', API_STOP_MS), worker: spec('worker', shutdownGraceMs + STOP_MARGIN_MS) };
}

function entry(name: string): [string, ...string[]] {
  const main = fileURLToPath(new URL(`../../${name}/main.${FROM_SOURCE ? 'ts' : 'js'}`, import.meta.url));
  return FROM_SOURCE ? [process.execPath, '--import', import.meta.resolve('tsx'), main] : [process.execPath, main];
}
