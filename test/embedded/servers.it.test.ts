import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { endGroup } from '../../src/embedded/end-group.ts';
import { identify } from '../../src/embedded/process-identity.ts';
import { embeddedPostgres } from '../../src/embedded/postgres.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import type { Supervised } from '../../src/embedded/supervise.ts';
import { scratchDirectory, takeNamespace, testServers } from '../support/servers.ts';
import { eventually } from '../support/eventually.ts';

const env = { PATH: process.env['PATH'] ?? '' };

describe('an embedded PostgreSQL', () => {
  let server: Supervised;
  let url: string;
  const events: string[] = [];

  beforeAll(async () => {
    const dataDir = scratchDirectory('postgres');
    const postgres = await embeddedPostgres({ dataDir, logFile: join(dataDir, 'log'), port: await freePort(0), durable: true, env });
    url = postgres.databaseUrl;
    server = await supervise(postgres.spec, {
      onChange: () => undefined,
      onDown: ({ name }) => events.push(`${name} down`),
      onRecovered: (name) => events.push(`${name} up`),
    });
  }, 60_000);

  afterAll(async () => {
    await server.stop(new AbortController().signal);
  });

  test('is restarted on the same data after kill -9', async () => {
    await query(url, 'create table kept (id int)');
    await query(url, 'insert into kept values (7)');

    process.kill(server.identity()?.pid ?? 0, 'SIGKILL');
    await eventually(() => {
      expect(events).toEqual(['postgres down', 'postgres up']);
    }, 30_000);

    expect(await query(url, 'select id from kept')).toEqual([{ id: 7 }]);
  }, 60_000);

  test('refuses a wrong password', async () => {
    const wrong = new URL(url);
    wrong.password = 'wrong';

    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password');
  });
});

test('the Temporal server of the run serves a namespace of our own', async () => {
  const connection = await Connection.connect({ address: testServers().temporalAddress });
  const namespace = takeNamespace();

  const answer = await connection.workflowService.describeNamespace({ namespace });
  await connection.close();

  expect(answer.namespaceInfo?.name).toBe(namespace);
});

test('a recycled process number is never touched', async () => {
  const own = identify(process.pid);

  const ended = await endGroup({ pid: process.pid, startedAt: '1' }, { signal: 'SIGKILL', graceMs: 0 });

  expect(own?.pid).toBe(process.pid);
  expect(ended).toBe(true);
});

test('a server that cannot start says why', async () => {
  const dataDir = scratchDirectory('broken');

  const starting = supervise(
    {
      name: 'broken',
      argv: ['/bin/sh', '-c', 'echo no disk left; exit 3'],
      env,
      logFile: join(dataDir, 'log'),
      ready: () => Promise.resolve(false),
      readyTimeoutMs: 10_000,
      stop: { signal: 'SIGTERM', graceMs: 100 },
    },
    { onChange: () => undefined, onDown: () => undefined, onRecovered: () => undefined },
  );

  await expect(starting).rejects.toThrow(/^broken exited with code 3 before it was ready; its log is .*\nno disk left$/);
});

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
