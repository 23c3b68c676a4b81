import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { connectNats, ensureStreams } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';

let server: TestNats;
let nats: NatsConnectionHandle;
let manager: JetStreamManager;

beforeAll(async () => {
  server = await startTestNats();
});

beforeEach(async () => {
  nats = await connectNats({ url: server.url, name: 'test', logger: pino({ level: 'silent' }) });
  manager = await jetstreamManager((await nats.whenConnected(AbortSignal.timeout(10_000))).connection);
});

afterEach(() => nats.close());

afterAll(() => server.stop());

const NAMES = ['KV_agent-registry', 'WEFT_EVENTS', 'WEFT_LOGS', 'WEFT_REPORTS'];

async function names(): Promise<string[]> {
  return (await manager.streams.list().next()).map(({ config }) => config.name).sort();
}

test('several processes may create everything at once, and again', async () => {
  await Promise.all([ensureStreams(nats), ensureStreams(nats), ensureStreams(nats)]);
  await ensureStreams(nats);

  expect(await names()).toEqual(NAMES);
});

test.each(NAMES)('%s is bounded in bytes, and in the size of one message', async (name) => {
  const { config } = await manager.streams.info(name);

  expect(config.max_bytes).toBeGreaterThan(0);
  expect(config.max_msg_size).toBeGreaterThan(0);
  expect(config.storage).toBe('file');
});

test('reports are kept until they are taken, without limit of tries', async () => {
  const { config } = await manager.streams.info('WEFT_REPORTS');
  const consumer = await manager.consumers.info('WEFT_REPORTS', 'weft-bridge');

  expect(config).toMatchObject({ retention: 'workqueue', discard: 'new', max_age: 0 });
  expect(consumer.config).toMatchObject({ ack_policy: 'explicit', max_deliver: -1 });
});

test('what an operator has set stays', async () => {
  await manager.streams.update('WEFT_LOGS', { max_bytes: 10_000_000 });

  await ensureStreams(nats);

  expect((await manager.streams.info('WEFT_LOGS')).config.max_bytes).toBe(10_000_000);
});

test('a registry that an agent made first works for agents, and gets its bound', async () => {
  await manager.streams.delete('KV_agent-registry');
  const { connection } = await nats.whenConnected(AbortSignal.timeout(1000));
  const bucket = await new Kvm(connection).create('agent-registry', { history: 1 });
  await bucket.put('agent-1', '{}');

  await ensureStreams(nats);

  expect((await manager.streams.info('KV_agent-registry')).config.max_bytes).toBeGreaterThan(0);
  expect((await bucket.get('agent-1'))?.string()).toBe('{}');
});

test('agents can use the registry that we made', async () => {
  await manager.streams.delete('KV_agent-registry');
  await ensureStreams(nats);
  const { connection } = await nats.whenConnected(AbortSignal.timeout(1000));

  const bucket = await new Kvm(connection).create('agent-registry', { history: 1 });
  await bucket.put('agent-1', '{"status":"online"}');
  await bucket.put('agent-1', '{"status":"offline"}');

  expect((await bucket.get('agent-1'))?.string()).toBe('{"status":"offline"}');
  await bucket.delete('agent-1');
  expect((await bucket.get('agent-1'))?.operation).toBe('DEL');
});

test('throws BUS_UNAVAILABLE while NATS is away, and creates everything again after its disk was lost', async () => {
  await server.kill9();
  await eventually(() => {
    expect(nats.link()).toBeNull();
  });
  await expect(ensureStreams(nats)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });

  server.loseDisk();
  await server.restart();

  await eventually(() => ensureStreams(nats));
  expect(await names()).toEqual(NAMES);
});
