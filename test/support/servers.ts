import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { z } from 'zod';
import { natsServer } from '../../src/embedded/nats.ts';
import { onFreePorts } from '../../src/embedded/ports.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import type { Supervised } from '../../src/embedded/supervise.ts';

const Servers = z.object({
  temporalAddress: z.string(),
  databaseUrl: z.string(),
  /** Shared by all tests of the run; `startTestNats` gives one of your own. */
  natsUrl: z.string(),
  natsBinary: z.string(),
  temporalBinary: z.string(),
  /** Scratch space of the run; whatever mentions it and outlives the run fails it. */
  directory: z.string(),
  namespaces: z.array(z.string()),
});

/** The real servers of this run. */
export function testServers(): z.infer<typeof Servers> {
  return Servers.parse(JSON.parse(process.env['WEFT_TEST_SERVERS'] ?? '{}'));
}

/** A Temporal namespace that no other test file of this run uses. */
export function takeNamespace(): string {
  const { directory, namespaces } = testServers();
  const taken = namespaces.find((namespace) => {
    try {
      mkdirSync(join(directory, `taken-${namespace}`));
      return true;
    } catch {
      return false;
    }
  });
  if (taken === undefined) throw new Error('Every test namespace is taken: raise NAMESPACES in servers-main.ts.');
  return taken;
}

/** A new, empty directory below the run's scratch space. */
export function scratchDirectory(name: string): string {
  const directory = mkdtempSync(join(testServers().directory, `${name}-`));
  chmodSync(directory, 0o755); // PostgreSQL's user must get through
  return directory;
}

/** A new, empty database. */
export async function createTestDatabase(): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const { databaseUrl } = testServers();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(databaseUrl, `create database ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(databaseUrl, `drop database if exists ${name} with (force)`) };
}

async function asAdmin(databaseUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A nats-server of the test's own. */
export interface TestNats {
  readonly url: string;
  /** Ends it with SIGKILL; `restart` brings it back on the same port, with its store or, after `loseDisk`, an empty one. */
  readonly kill9: () => Promise<void>;
  readonly loseDisk: () => void;
  /** It hangs until it is resumed. */
  readonly suspend: () => void;
  readonly resume: () => void;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** With `configuration`, in nats-server's own language, added to what `weft up` gives it. */
export async function startTestNats(configuration = ''): Promise<TestNats> {
  const dataDir = scratchDirectory('nats');
  const configFile = join(dataDir, 'nats.conf');
  writeFileSync(configFile, configuration);
  const files = { dataDir: join(dataDir, 'store'), logFile: join(dataDir, 'nats.log') };
  const start = (port: number): Promise<Supervised> => {
    const spec = natsServer({ binary: testServers().natsBinary, ...files, port, env: { PATH: process.env['PATH'] ?? '' } });
    const [program, ...args] = spec.argv;
    return supervise(
      { ...spec, argv: [program, ...args, '--config', configFile] },
      { onChange: () => undefined, onDown: () => undefined, onRecovered: () => undefined },
    );
  };
  const first = await onFreePorts({ port: 0 }, async ({ port }) => ({ port, server: await start(port) }));
  const { port } = first;
  let server: Supervised | null = first.server;
  const stop = async (): Promise<void> => {
    await server?.stop(new AbortController().signal);
    server = null;
  };
  const signal = (name: NodeJS.Signals): void => {
    const identity = server?.identity();
    if (identity) process.kill(identity.pid, name);
  };
  return {
    url: `nats://127.0.0.1:${String(port)}`,
    kill9: async () => {
      // KILL first: `stop` alone would let it end cleanly.
      signal('SIGKILL');
      await stop();
    },
    suspend: () => {
      signal('SIGSTOP');
    },
    resume: () => {
      signal('SIGCONT');
    },
    loseDisk: () => {
      rmSync(join(dataDir, 'store'), { recursive: true, force: true });
    },
    restart: async () => {
      server ??= await start(port);
    },
    stop,
  };
}
