import { join } from 'node:path';
import { findBinaries } from '../../src/embedded/binaries.ts';
import { natsServer } from '../../src/embedded/nats.ts';
import { embeddedPostgres } from '../../src/embedded/postgres.ts';
import type { ProcessSpec } from '../../src/embedded/supervise.ts';
import { temporalServer } from '../../src/embedded/temporal.ts';
import type { Config } from '../../src/config.ts';
import type { Ports } from './choose-ports.ts';

export interface Addresses {
  readonly nats: string;
  readonly temporal: string;
  /** null: an external server, whose UI we do not know. */
  readonly temporalUi: string | null;
  readonly database: string;
}

/** What is to be started, and where everything will be; a server whose address is set in the environment is not ours to start. */
export async function planServers(
  env: Readonly<Record<string, string | undefined>>,
  given: { directory: string; config: Config; ports: Ports },
): Promise<{ specs: readonly ProcessSpec[]; addresses: Addresses }> {
  const { directory, config, ports } = given;
  const ours = { temporal: !env['TEMPORAL_ADDRESS'], nats: !env['NATS_URL'], database: !env['DATABASE_URL'] };
  const logFile = (name: string): string => join(directory, 'logs', `${name}.log`);
  const serverEnv = pick(env, ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']);
  const binaries = ours.temporal || ours.nats ? findBinaries(env) : { temporal: '', nats: '' };

  const postgres = ours.database ? await embeddedPostgres({ dataDir: directory, logFile: logFile('postgres'), port: ports.postgres, env: serverEnv }) : null;
  const nats = natsServer({ binary: binaries.nats, dataDir: join(directory, 'nats'), logFile: logFile('nats'), port: ports.nats, env: serverEnv });
  const temporal = temporalServer({
    binary: binaries.temporal,
    databaseFile: join(directory, 'temporal.db'),
    logFile: logFile('temporal'),
    port: ports.temporal,
    uiPort: ports.temporalUi,
    namespaces: [config.TEMPORAL_NAMESPACE],
    env: serverEnv,
  });
  return {
    specs: [...(postgres === null ? [] : [postgres.spec]), ...(ours.nats ? [nats] : []), ...(ours.temporal ? [temporal] : [])],
    addresses: {
      database: postgres?.databaseUrl ?? config.DATABASE_URL,
      nats: ours.nats ? `nats://127.0.0.1:${String(ports.nats)}` : config.NATS_URL,
      temporal: ours.temporal ? `127.0.0.1:${String(ports.temporal)}` : config.TEMPORAL_ADDRESS,
      temporalUi: ours.temporal ? `http://127.0.0.1:${String(ports.temporalUi)}` : null,
    },
  };
}

/** The named variables, as far as they are set. */
export function pick(env: Readonly<Record<string, string | undefined>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
