import { join } from 'node:path';
import { migrate } from '../../src/adapters/postgres/index.ts';
import { expectNats } from '../../src/adapters/nats/index.ts';
import { findBinaries } from '../../src/embedded/binaries.ts';
import { natsServer } from '../../src/embedded/nats.ts';
import { onFreePorts } from '../../src/embedded/ports.ts';
import { embeddedPostgres } from '../../src/embedded/postgres.ts';
import { prepareNamespace } from '../../src/embedded/temporal-namespace.ts';
import { temporalServer } from '../../src/embedded/temporal.ts';
import type { Config } from '../../src/config.ts';
import type { DataDirectory } from './data-directory.ts';
import { isGiven, pick } from './environment.ts';
import type { Env } from './environment.ts';
import type { Ports } from './ports.ts';
import type { Stack } from './stack.ts';

/** Where the servers are. */
export interface Addresses {
  readonly nats: string;
  readonly temporal: string;
  /** null: an external server, whose UI we do not know. */
  readonly temporalUi: string | null;
  readonly database: string;
  /** false: DATABASE_URL names it. */
  readonly ownDatabase: boolean;
}

interface Given {
  readonly env: Env;
  readonly config: Config;
  readonly data: DataDirectory;
  readonly ports: Ports;
}

const ENVIRONMENT = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/**
 * Starts the servers at once, each ready to be used (schema migrated, namespace made); one whose address the environment names is
 * used as it is. Also returns the ports that were taken.
 */
export async function startServers(stack: Stack, given: Given): Promise<{ addresses: Addresses; ports: Partial<Ports> }> {
  const [postgres, nats, temporal] = await stack.together([startPostgres(stack, given), startNats(stack, given), startTemporal(stack, given)]);
  return {
    addresses: {
      database: postgres.url,
      ownDatabase: postgres.port !== null,
      nats: nats.url,
      temporal: temporal.address,
      temporalUi: temporal.ports === null ? null : `http://127.0.0.1:${String(temporal.ports.temporalUi)}`,
    },
    ports: { ...(postgres.port === null ? {} : { postgres: postgres.port }), ...(nats.port === null ? {} : { nats: nats.port }), ...temporal.ports },
  };
}

async function startPostgres(stack: Stack, given: Given): Promise<{ url: string; port: number | null }> {
  const { env, config, data } = given;
  if (isGiven(env, 'DATABASE_URL')) {
    await migrate(config.DATABASE_URL, config.WEFT_INSTALLATION_ID);
    return { url: config.DATABASE_URL, port: null };
  }
  const started = await onFreePorts({ port: given.ports.postgres }, async ({ port }) => {
    const { spec, databaseUrl } = await embeddedPostgres({ ...common(given, 'postgres'), dataDir: data.path, port, durable: !data.isEphemeral });
    await stack.start(spec);
    return { url: databaseUrl, port };
  });
  await migrate(started.url, config.WEFT_INSTALLATION_ID ?? data.installationId);
  return started;
}

async function startNats(stack: Stack, given: Given): Promise<{ url: string; port: number | null }> {
  if (isGiven(given.env, 'NATS_URL')) {
    const { NATS_URL: url, NATS_USER: user, NATS_PASS: pass, NATS_CA: ca } = given.config;
    await expectNats({ url, user, pass, ca, name: 'weft-up' });
    return { url, port: null };
  }
  const binary = findBinaries(given.env).nats;
  return onFreePorts({ port: given.ports.nats }, async ({ port }) => {
    await stack.start(natsServer({ ...common(given, 'nats'), binary, dataDir: join(given.data.path, 'nats'), port }));
    return { url: `nats://127.0.0.1:${String(port)}`, port };
  });
}

async function startTemporal(stack: Stack, given: Given): Promise<{ address: string; ports: Pick<Ports, 'temporal' | 'temporalUi'> | null }> {
  const { env, config, data } = given;
  if (env['TEMPORAL_ADDRESS']) {
    await prepareNamespace(config.TEMPORAL_ADDRESS, config.TEMPORAL_NAMESPACE);
    return { address: config.TEMPORAL_ADDRESS, ports: null };
  }
  const binary = findBinaries(env).temporal;
  const databaseFile = join(data.path, 'temporal', 'temporal.db');
  const { temporal, temporalUi } = given.ports;
  const ports = await onFreePorts({ temporal, temporalUi }, async (free) => {
    const { temporal: port, temporalUi: uiPort } = free;
    await stack.start(temporalServer({ ...common(given, 'temporal'), binary, databaseFile, port, uiPort, namespaces: [config.TEMPORAL_NAMESPACE] }));
    return free;
  });
  const address = `127.0.0.1:${String(ports.temporal)}`;
  await prepareNamespace(address, config.TEMPORAL_NAMESPACE);
  return { address, ports };
}

function common({ env, data }: Given, name: string): { logFile: string; env: Record<string, string> } {
  return { logFile: join(data.path, 'logs', `${name}.log`), env: pick(env, ENVIRONMENT) };
}
