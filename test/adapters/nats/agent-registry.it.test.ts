import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { pino } from 'pino';
import { connectNats, watchAgentRegistry } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import type { AgentRegistry } from '../../../src/ports/agent-registry.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';

// The client reconnects every two seconds.
const WAIT_MS = 40_000;
/** The least that makes an agent. */
const MINIMAL = JSON.stringify({ handle: 'someone', status: 'online' });
let server: TestNats;
let nats: NatsConnectionHandle;
let connection: NatsConnection;
let registry: Awaited<ReturnType<typeof openRegistry>>;

beforeAll(async () => {
  server = await startTestNats();
});
beforeEach(async () => {
  connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  nats = await connectNats({ url: server.url, name: 'test', logger: pino({ level: 'silent' }) });
  registry = openRegistry();
});
afterEach(async () => {
  await registry.close();
  await Promise.all([nats.close(), connection.close()]);
  await server.kill9();
  server.loseDisk();
  await server.restart();
});
afterAll(() => server.stop());

function openRegistry() {
  return watchAgentRegistry(nats, { defaultProjectId: 'default' });
}

/** As any client opens it; made by whoever is first, and the second of two at once has to try again. */
function bucket(): Promise<KV> {
  return eventually(() => new Kvm(jetstream(connection, { timeout: 2000 })).create('agent-registry', { history: 1 }), WAIT_MS);
}

function guids(from: AgentRegistry = registry): string[] {
  return from.list().map(({ agent }) => agent.guid);
}

async function knows(expected: readonly string[]): Promise<void> {
  await eventually(() => {
    expect(guids()).toEqual(expected);
  }, WAIT_MS);
}

test('an empty registry that nobody has made yet is read promptly, and so is one whose last word is a removal', async () => {
  expect(await registry.whenRead(5000)).toBe(true);
  expect(registry.list()).toEqual([]);
  const kv = await bucket();
  await kv.put('a', MINIMAL);
  await kv.delete('a');

  const second = openRegistry();

  expect(await second.whenRead(5000)).toBe(true);
  expect(second.list()).toEqual([]);
  await second.close();
});

test('agents come, change, go by deletion or purge, and come again', async () => {
  const kv = await bucket();
  for (const guid of ['c', 'a', 'b']) await kv.put(guid, JSON.stringify({ handle: guid, status: 'online' }));
  await knows(['a', 'b', 'c']);

  await kv.put('a', JSON.stringify({ handle: 'new', status: 'busy' }));
  await kv.delete('b');
  await kv.purge('c');

  await knows(['a']);
  expect(registry.find('a')?.agent).toMatchObject({ handle: 'new', status: 'busy', projectId: 'default' });
  await kv.put('b', MINIMAL);
  await knows(['a', 'b']);
});

test('nonsense in the registry hides nobody', async () => {
  const kv = await bucket();
  await kv.put('good', MINIMAL);
  await kv.put('nothing', '{}');
  await kv.put('text', 'online');
  await kv.put('half', '{"guid":"half","status":"on');
  await kv.put('empty', '');
  await kv.put('garbage', 'x'.repeat(60_000));
  await kv.put('dotted.key', MINIMAL);
  await kv.put('last', MINIMAL);

  await knows(['good', 'last']);
  const second = openRegistry();
  expect(await second.whenRead(5000)).toBe(true);
  expect(guids(second)).toEqual(['good', 'last']);
  await second.close();
});

test('a bucket that another client made without bounds may hold a megabyte under one key', async () => {
  const manager = await jetstreamManager(connection);
  await registry.whenRead(5000);
  await manager.streams.update('KV_agent-registry', { max_msg_size: -1 });
  const kv = await bucket();

  await kv.put('huge', 'x'.repeat(1_000_000));
  await kv.put('good', MINIMAL);

  await knows(['good']);
});

test.each(['{"handle":', '{}'])('what an agent said before stands when its entry is overwritten with nonsense: %s', async (nonsense) => {
  const kv = await bucket();
  await kv.put('a', JSON.stringify({ handle: 'mine', status: 'online' }));
  await knows(['a']);

  await kv.put('a', nonsense);
  await kv.put('b', MINIMAL);

  await knows(['a', 'b']);
});

test('while NATS is away it says what it knew; after a restart it goes on', async () => {
  await (await bucket()).put('a', MINIMAL);
  await knows(['a']);

  await server.kill9();
  await eventually(() => {
    expect(registry.listeningSinceMs()).toBeNull();
  });
  expect(guids()).toEqual(['a']);
  await server.restart();

  await eventually(() => {
    expect(registry.listeningSinceMs()).not.toBeNull();
  }, WAIT_MS);
  await eventually(async () => (await bucket()).put('b', MINIMAL), WAIT_MS);
  await knows(['a', 'b']);
});

test('a lost disk takes no agent that still lives', async () => {
  await (await bucket()).put('a', MINIMAL);
  await (await bucket()).put('old', JSON.stringify({ handle: 'old', lastHeartbeat: new Date(Date.now() - 600_000).toISOString() }));
  await knows(['a', 'old']);

  await server.kill9();
  server.loseDisk();
  await server.restart();

  await eventually(async () => (await bucket()).put('b', MINIMAL), WAIT_MS);
  await knows(['a', 'b']);
});

test('a bucket that is removed and made again is watched again', async () => {
  await (await bucket()).put('a', MINIMAL);
  await knows(['a']);

  await (await jetstreamManager(connection)).streams.delete('KV_agent-registry');
  await eventually(async () => (await bucket()).put('b', JSON.stringify({ handle: 'after', status: 'online' })), WAIT_MS);

  await knows(['a', 'b']);
});

test('it says that something was written, once, and does not wait for ever', async () => {
  const { signal } = new AbortController();
  await registry.whenRead(5000);
  await registry.whenChanged(5000, signal);
  const waiting = registry.whenChanged(WAIT_MS, signal);

  await (await bucket()).put('a', MINIMAL);

  await waiting;
  expect(guids()).toEqual(['a']);
  await registry.whenChanged(10, signal);
});
