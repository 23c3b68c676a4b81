import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { connectNats, createWakeLine } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';

let server: TestNats;
let asker: NatsConnectionHandle;
const workers: { readonly nats: NatsConnectionHandle; readonly leaving: AbortController; readonly heeding: Promise<void> }[] = [];
let heard: number[] = [];

beforeEach(async () => {
  server = await startTestNats();
  heard = [];
  asker = await open();
});

afterEach(async () => {
  for (const { nats, leaving, heeding } of workers.splice(0)) {
    leaving.abort();
    await heeding;
    await nats.close();
  }
  await asker.close();
  await server.stop();
});

function open(): Promise<NatsConnectionHandle> {
  return connectNats({ url: server.url, name: 'test', logger: pino({ level: 'silent' }) });
}

async function startWorker(): Promise<void> {
  const nats = await open();
  const leaving = new AbortController();
  const number = workers.length;
  const heeding = createWakeLine(nats).heed(() => void heard.push(number), leaving.signal);
  workers.push({ nats, leaving, heeding });
  await nats.link()?.connection.flush();
}

test('a wake is heard by one of the workers that listen', async () => {
  await startWorker();
  await startWorker();
  const { wake } = createWakeLine(asker);

  await Promise.all(Array.from({ length: 40 }, wake));

  // The answer may come too late for who wakes; it is heard all the same.
  await eventually(() => {
    expect(heard).toHaveLength(40);
  });
  expect(new Set(heard)).toEqual(new Set([0, 1]));
});

test('who wakes nobody is told so: no worker listens, the one that did has left, or NATS is away', async () => {
  const { wake } = createWakeLine(asker);
  expect(await wake()).toBe(false);

  await startWorker();
  await eventually(async () => {
    expect(await wake()).toBe(true);
  });
  workers[0]?.leaving.abort();
  await workers[0]?.heeding;
  expect(await wake()).toBe(false);

  await server.stop();
  expect(await wake()).toBe(false);
  expect(new Set(heard)).toEqual(new Set([0]));
});

test('a worker listens again when NATS was killed and is back', async () => {
  await startWorker();
  await server.kill9();
  await server.restart();

  const { wake } = createWakeLine(asker);
  await eventually(async () => {
    expect(await wake()).toBe(true);
  });

  expect(heard.length).toBeGreaterThan(0);
});
