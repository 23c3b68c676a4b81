import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createLocalMechanism } from '../../src/adapters/local/index.ts';
import { eventually } from '../support/eventually.ts';
import { markedProcesses } from '../support/marked-processes.ts';
import { living, recordedPids, startUp } from '../support/running-up.ts';
import type { RunningUp } from '../support/running-up.ts';
import { createTestDatabase, scratchDirectory, testServers } from '../support/servers.ts';

jest.setTimeout(240_000);

const EVERYTHING = ['api', 'nats', 'postgres', 'temporal', 'worker'];
const started: RunningUp[] = [];

function up(env: Readonly<Record<string, string>>, args?: readonly string[]): RunningUp {
  const running = startUp(env, args);
  started.push(running);
  return running;
}

afterEach(async () => {
  for (const running of started.splice(0)) {
    running.signal('SIGTERM');
    await running.exited;
  }
});

test('serves everything, restarts what crashes, refuses a second one, and ends in order', async () => {
  const dataDir = scratchDirectory('up');
  const one = up({ WEFT_DATA_DIR: dataDir, SECRET_OF_THE_USER: 'not for children' });
  const ready = await one.ready();
  const pids = recordedPids(dataDir);

  expect(one.stdout().split('\n')).toHaveLength(2); // one line, ended
  expect(Object.keys(pids).sort()).toEqual(EVERYTHING);
  expect(await query(ready.database, 'select count(*)::int as n from work_items')).toEqual([{ n: 0 }]);
  expect(await searchAttributesOf(ready.temporal, 'weft')).toContain('WeftBoundary');
  expect((await fetch(ready.temporalUi ?? '')).status).toBe(200);
  expect(await environmentOfApi(ready.api)).toEqual(
    expect.objectContaining({ NATS_URL: ready.nats, WEFT_DATA_DIR: dataDir, WEFT_HOST_ID: readFileSync(join(dataDir, 'host-id'), 'utf8') }),
  );
  expect(await environmentOfApi(ready.api)).not.toHaveProperty('SECRET_OF_THE_USER');

  const second = up({ WEFT_DATA_DIR: dataDir });
  expect(await second.exited).toBe(1);
  expect(second.stderr()).toContain(`Another weft (process ${String(one.pid)}) is running on ${dataDir}.`);

  await fetch(`${ready.api}/crash`).catch(() => null); // it dies before it answers
  await eventually(() => {
    expect(one.stderr()).toContain('api is back.');
  });
  expect(one.stderr()).toContain('api exited with code 7');
  expect(one.stderr()).toContain('  the api crashed on purpose');
  expect((await fetch(`${ready.api}/health/ready`)).status).toBe(200);

  one.signal('SIGINT');
  one.signal('SIGINT'); // as npm does it: one Ctrl-C, passed on
  expect(await one.exited).toBe(0);
  expect(living(pids)).toEqual([]);
  expect(recordedPids(dataDir)).toEqual({});
  expect(journal(dataDir)).toEqual(['started', 'stopped cleanly']);
});

test('continues on the same data after kill -9 of itself, and of everything', async () => {
  const dataDir = scratchDirectory('up');
  const one = up({ WEFT_DATA_DIR: dataDir });
  const first = await one.ready();
  await query(first.database, 'create table kept (n int)');
  const firstPids = recordedPids(dataDir);

  one.signal('SIGKILL');
  expect(await one.exited).toBe('SIGKILL');
  expect([...living(firstPids)].sort()).toEqual(EVERYTHING);
  const two = up({ WEFT_DATA_DIR: dataDir });
  const second = await two.ready();
  expect(living(firstPids)).toEqual([]);
  expect(second.nats).toBe(first.nats); // agents that outlived it know this address
  expect(await query(second.database, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  expect(journal(dataDir)).toEqual(['started', 'started']); // never asked to stop: its agents go on

  const secondPids = recordedPids(dataDir);
  for (const pid of [two.pid, ...Object.values(secondPids)]) process.kill(pid, 'SIGKILL');
  await two.exited;
  const three = up({ WEFT_DATA_DIR: dataDir });
  const third = await three.ready();
  expect(await query(third.database, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);

  three.signal('SIGTERM');
  expect(await three.exited).toBe(0);
});

test('a clean stop ends the agents that its worker has left', async () => {
  const dataDir = scratchDirectory('up');
  const one = up({ WEFT_DATA_DIR: dataDir });
  await one.ready();
  const agent = await startAgent(dataDir);
  expect(markedProcesses(agent)).not.toEqual([]);

  one.signal('SIGTERM');

  expect(await one.exited).toBe(0);
  expect(markedProcesses(agent)).toEqual([]);
});

test('an ephemeral one removes its data and its agents at exit, and what a killed one before it left', async () => {
  const TMPDIR = scratchDirectory('up-tmp');
  const args = ['--json', '--port', '0', '--ephemeral'];
  const one = up({ TMPDIR }, args);
  await one.ready();
  const [first = ''] = ephemeralDirectories(TMPDIR);
  const pids = recordedPids(first);
  const agents = [await startAgent(first)];
  one.signal('SIGKILL');
  await one.exited;

  const two = up({ TMPDIR }, args);
  await two.ready();
  const [second = '', ...more] = ephemeralDirectories(TMPDIR);
  expect(more).toEqual([]);
  expect(second).not.toBe(first);
  expect(living(pids)).toEqual([]);
  agents.push(await startAgent(second));

  two.signal('SIGTERM');
  expect(await two.exited).toBe(0);
  expect(ephemeralDirectories(TMPDIR)).toEqual([]);
  expect(agents.flatMap(markedProcesses)).toEqual([]);
});

test('can be stopped while it is starting', async () => {
  const dataDir = scratchDirectory('up');
  writeFileSync(join(dataDir, 'worker-is-slow'), '');
  const one = up({ WEFT_DATA_DIR: dataDir });
  const pids = await eventually(() => recordedPids(dataDir));

  one.signal('SIGINT');

  expect(await one.exited).toBe(0);
  expect(one.stdout()).toBe('');
  expect(living(pids)).toEqual([]);
  expect(recordedPids(dataDir)).toEqual({});
});

describe('with servers of the user', () => {
  test.each(['environment', 'files'])('starts none, prepares them, and leaves them running, when their addresses are in %s', async (place) => {
    const dataDir = scratchDirectory('up');
    const database = await createTestDatabase();
    const { temporalAddress, natsUrl } = testServers();
    const namespace = `of-the-user-${place}-${String(process.pid)}`;
    const addresses = { DATABASE_URL: database.url, NATS_URL: natsUrl };
    const given = place === 'files' ? inFiles(addresses) : addresses;
    const one = up({ WEFT_DATA_DIR: dataDir, ...given, TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_NAMESPACE: namespace });

    const ready = await one.ready();

    expect(ready).toEqual({ ready: true, api: ready.api, nats: natsUrl, temporal: temporalAddress, temporalUi: null, database: database.url });
    expect(Object.keys(recordedPids(dataDir)).sort()).toEqual(['api', 'worker']);
    expect(await searchAttributesOf(temporalAddress, namespace)).toContain('WeftBoundary');
    const ofApi = await environmentOfApi(ready.api);
    expect(ofApi).toMatchObject(given);
    expect(
      Object.keys(ofApi)
        .filter((name) => /^(WEFT_INSTALLATION_ID|(NATS|DATABASE)_URL(_FILE)?)$/.test(name))
        .sort(),
    ).toEqual(Object.keys(given).sort());
    one.signal('SIGTERM');
    expect(await one.exited).toBe(0);
    expect(await query(database.url, 'select count(*)::int as n from work_items')).toEqual([{ n: 0 }]);
    await database.drop();
  });

  test('kills what does not stop in time when asked again', async () => {
    const dataDir = scratchDirectory('up');
    const database = await createTestDatabase();
    const { temporalAddress, natsUrl } = testServers();
    const one = up({ WEFT_DATA_DIR: dataDir, DATABASE_URL: database.url, NATS_URL: natsUrl, TEMPORAL_ADDRESS: temporalAddress });
    await one.ready();
    writeFileSync(join(dataDir, 'worker-is-stubborn'), '');
    const pids = recordedPids(dataDir);

    one.signal('SIGINT');
    await eventually(() => {
      expect(one.stderr()).toContain('Ctrl-C again to hurry.');
    });
    const startMs = performance.now();
    await delay(1100); // sooner it is taken for an echo of the first
    one.signal('SIGINT');
    await eventually(() => {
      expect(living(pids)).toEqual([]);
    }, 20_000);

    expect(await one.exited).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(20_000); // the worker had 25 s
    await database.drop();
  });

  test('says when the port that was asked for is taken', async () => {
    const database = await createTestDatabase();
    const { temporalAddress, natsUrl } = testServers();
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const env = { WEFT_DATA_DIR: scratchDirectory('up'), DATABASE_URL: database.url, NATS_URL: natsUrl, TEMPORAL_ADDRESS: temporalAddress };
    const one = up(env, ['--json', '--port', String(port)]);

    expect(await one.exited).toBe(1);
    expect(one.stderr()).toContain(`Port ${String(port)} is taken.`);
    expect(one.stdout()).toBe('');
    taken.close();
    await database.drop();
  });

  test.each([
    [{ TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'No Temporal server answers at 127.0.0.1:1. Check TEMPORAL_ADDRESS.'],
    [{ NATS_URL: 'nats://127.0.0.1:1' }, 'The NATS server at nats://127.0.0.1:1 cannot be reached. Check NATS_URL'],
  ])('says which server does not answer (%j)', async (wrong, message) => {
    const database = await createTestDatabase();
    const { temporalAddress: TEMPORAL_ADDRESS, natsUrl: NATS_URL } = testServers();
    const one = up({ WEFT_DATA_DIR: scratchDirectory('up'), DATABASE_URL: database.url, NATS_URL, TEMPORAL_ADDRESS, ...wrong });

    expect(await one.exited).toBe(1);
    expect(one.stderr()).toContain(message);
    await database.drop();
  });
});

/** The same variables, each by a file that holds its value. */
function inFiles(variables: Readonly<Record<string, string>>): Record<string, string> {
  const directory = scratchDirectory('secrets');
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      writeFileSync(join(directory, name), `${value}\n`);
      return [`${name}_FILE`, join(directory, name)];
    }),
  );
}

function journal(dataDir: string): readonly string[] {
  return readFileSync(join(dataDir, 'worker-journal'), 'utf8').trim().split('\n');
}

function ephemeralDirectories(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith('weft-up-'))
    .map((name) => join(directory, name));
}

/** An agent as the worker starts it, which nobody stops. */
async function startAgent(dataDir: string): Promise<string> {
  const hostId = readFileSync(join(dataDir, 'host-id'), 'utf8');
  const mechanism = createLocalMechanism({ agentsDir: join(dataDir, 'agents'), hostId, environment: process.env });
  const guid = randomUUID();
  await mechanism.start({ guid, fence: 1, argv: ['sleep', '600'], env: {} }, AbortSignal.timeout(10_000));
  expect(markedProcesses(guid)).toHaveLength(1);
  return guid;
}

async function environmentOfApi(api: string): Promise<Record<string, string>> {
  const reply = await fetch(`${api}/environment`);
  return (await reply.json()) as Record<string, string>; // what the stand-in sends
}

async function searchAttributesOf(address: string, namespace: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(customAttributes);
  } finally {
    await connection.close();
  }
}

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows;
  } finally {
    await client.end();
  }
}
