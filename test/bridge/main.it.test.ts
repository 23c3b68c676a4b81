import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate } from '../../src/adapters/postgres/index.ts';
import { eventually } from '../support/eventually.ts';
import { connectNats, createAgentBus } from '../../src/adapters/nats/index.ts';
import { createTestDatabase, startTestNats, takeNamespace, testServers } from '../support/servers.ts';
import type { TestNats } from '../support/servers.ts';
import { pino } from 'pino';

let server: TestNats;
const database = await createTestDatabase();

beforeAll(async () => {
  server = await startTestNats();
  await migrate(database.url);
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

test('runs alone, answers for itself, and ends cleanly on SIGTERM', async () => {
  const child = fork(new URL('../../bridge/main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LOG_LEVEL: 'warn',
      TEMPORAL_ADDRESS: testServers().temporalAddress,
      TEMPORAL_NAMESPACE: takeNamespace(),
      NATS_URL: server.url,
      DATABASE_URL: database.url,
    },
  });
  const ended = once(child, 'exit');
  expect(await Promise.race([once(child, 'message'), ended])).toEqual([{ ready: true }, undefined]);
  const nats = await connectNats({ url: server.url, name: 'test', logger: pino({ level: 'silent' }) });
  await eventually(async () => {
    expect(await createAgentBus(nats).bridgeStatus(1000)).toMatchObject({ reportsPending: 0 });
  });

  child.kill('SIGTERM');

  expect(await ended).toEqual([0, null]);
  await nats.close();
});
