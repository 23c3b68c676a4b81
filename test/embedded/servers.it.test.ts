import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes.ts';
import { natsServer } from '../../src/embedded/nats.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { embeddedPostgres } from '../../src/embedded/postgres.ts';
import { postgresPlace, removeElsewhere } from '../../src/embedded/postgres-place.ts';
import type { ProcessSpec } from '../../src/embedded/process-spec.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import type { Supervised } from '../../src/embedded/supervise.ts';
import { prepareNamespace } from '../../src/embedded/temporal-namespace.ts';
import { temporalServer } from '../../src/embedded/temporal.ts';
import { eventually } from '../support/eventually.ts';
import { scratchDirectory, takeNamespace, testServers } from '../support/servers.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const binary = { temporal: testServers().temporalBinary, nats: testServers().natsBinary };
const running: { server: Supervised; events: string[] }[] = [];

afterEach(stopAll);

async function stopAll(): Promise<void> {
  for (const { server } of running.splice(0)) expect(await server.stop(new AbortController().signal)).toBe(true);
}

async function start(spec: ProcessSpec): Promise<{ server: Supervised; events: string[] }> {
  const events: string[] = [];
  const server = await supervise(spec, {
    onChange: () => undefined,
    onDown: ({ how }) => events.push(how),
    onRecovered: () => events.push('serves again'),
  });
  running.push({ server, events });
  return { server, events };
}

/** Kills it with its group, as nothing else would, and waits for its successor. */
async function kill9({ server, events }: { server: Supervised; events: string[] }): Promise<void> {
  process.kill(-(server.identity()?.pid ?? 0), 'SIGKILL');
  await eventually(() => {
    expect(events).toEqual(['was ended by SIGKILL', 'serves again']);
  });
}

describe('an embedded PostgreSQL', () => {
  const postgres = async (dataDir: string): ReturnType<typeof embeddedPostgres> =>
    embeddedPostgres({ dataDir, logFile: join(dataDir, 'log'), port: await freePort(0), durable: true, env });

  test('is restarted on the same data after kill -9, and wants its password', async () => {
    const { spec, databaseUrl } = await postgres(scratchDirectory('postgres'));
    const server = await start(spec);
    await query(databaseUrl, 'create table kept (id int)');
    await query(databaseUrl, 'insert into kept values (7)');
    const wrong = new URL(databaseUrl);
    wrong.password = 'wrong';

    await kill9(server);

    expect(await query(databaseUrl, 'select id from kept')).toEqual([{ id: 7 }]);
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password');
  });

  test('does not believe the pid file of a killed one, whoever has that number now', async () => {
    const dataDir = scratchDirectory('postgres');
    const { spec } = await postgres(dataDir);
    // Seven lines as PostgreSQL writes them; the number is that of a living process of its own user.
    const other = await start((await postgres(scratchDirectory('postgres'))).spec);
    const pid = other.server.identity()?.pid ?? 0;
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), `${String(pid)}\n${join(dataDir, 'postgres')}\n1\n1\n\n127.0.0.1\n1 1\n`);

    await start(spec);

    expect(other.events).toEqual([]);
  });

  test('lives elsewhere when the user that it runs as cannot reach the data directory', async () => {
    const dataDir = scratchDirectory('postgres');
    chmodSync(dataDir, 0o700);
    const { databaseUrl, spec } = await postgres(dataDir);
    await start(spec);
    await query(databaseUrl, 'create table kept (id int)');
    await stopAll();

    const again = await postgres(dataDir);
    await start(again.spec);
    expect(await query(again.databaseUrl, 'select id from kept')).toEqual([]);
    await stopAll();
    await removeElsewhere(dataDir);

    const { clusterDir, user } = await postgresPlace(dataDir);
    // Only root runs it as somebody else.
    expect(clusterDir === join(dataDir, 'postgres')).toBe(user === null);
    expect(existsSync(clusterDir)).toBe(user === null);
    await removeElsewhere(dataDir);
  });

  test('makes its cluster anew when a start was killed halfway', async () => {
    const dataDir = scratchDirectory('postgres');
    mkdirSync(join(dataDir, 'postgres.new'));
    writeFileSync(join(dataDir, 'postgres.new', 'PG_VERSION'), '17\n');

    const { spec, databaseUrl } = await postgres(dataDir);
    await start(spec);

    expect(await query(databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(existsSync(join(dataDir, 'postgres.new'))).toBe(false);
  });
});

test('an embedded NATS is restarted on the same data after kill -9', async () => {
  const dataDir = scratchDirectory('nats');
  const port = await freePort(0);
  const server = await start(natsServer({ binary: binary.nats, dataDir: join(dataDir, 'store'), logFile: join(dataDir, 'log'), port, env }));
  const before = await connect({ servers: `127.0.0.1:${String(port)}`, reconnect: false });
  await (await jetstreamManager(before)).streams.add({ name: 'KEPT', subjects: ['kept'] });
  await jetstream(before).publish('kept', 'seven');
  await before.close();

  await kill9(server);

  const after = await connect({ servers: `127.0.0.1:${String(port)}`, reconnect: false });
  const message = await (await jetstreamManager(after)).streams.getMessage('KEPT', { seq: 1 });
  await after.close();
  expect(message?.string()).toBe('seven');
});

test('an embedded Temporal is restarted on the same data after kill -9', async () => {
  const dataDir = scratchDirectory('temporal');
  const [port, uiPort] = [await freePort(0), await freePort(0)];
  const spec = temporalServer({
    ...{ binary: binary.temporal, databaseFile: join(dataDir, 'db'), logFile: join(dataDir, 'log'), port, uiPort, namespaces: ['weft'], env },
  });
  const server = await start(spec);
  const address = `127.0.0.1:${String(port)}`;
  await withClient(address, (client) => client.workflow.start('nothing', { taskQueue: 'nobody', workflowId: 'kept' }));

  await kill9(server);

  await withClient(address, async (client) => {
    const { status } = await client.workflow.getHandle('kept').describe();
    expect(status.name).toBe('RUNNING');
  });
});

test('the Temporal server of the run has our search attributes', async () => {
  expect(await searchAttributesOf(takeNamespace())).toEqual(expect.arrayContaining(OUR_ATTRIBUTES));
});

test('a namespace that is missing is made with our search attributes, once', async () => {
  const namespace = `made-${String(process.pid)}`;
  const { temporalAddress } = testServers();

  await Promise.all([prepareNamespace(temporalAddress, namespace), prepareNamespace(temporalAddress, namespace)]);
  await prepareNamespace(temporalAddress, namespace);

  expect(await searchAttributesOf(namespace)).toEqual(expect.arrayContaining(OUR_ATTRIBUTES));
});

const OUR_ATTRIBUTES = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);

async function searchAttributesOf(namespace: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address: testServers().temporalAddress });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(customAttributes);
  } finally {
    await connection.close();
  }
}

async function withClient(address: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await use(new Client({ connection, namespace: 'weft' }));
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
