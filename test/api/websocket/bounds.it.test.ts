import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { connectClient, openLiveWorld } from '../live-world.ts';
import type { Client, LiveWorld } from '../live-world.ts';

const PING_MS = 4000;
const LIMITS = { connectionsMax: 5, queueBytesMax: 262_144, pingIntervalMs: PING_MS, statsIntervalMs: 200, closeGraceMs: 2000 };

let world: LiveWorld;
let clients: Client[] = [];

beforeAll(async () => {
  world = await openLiveWorld({ websocket: LIMITS });
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
});

afterAll(() => world.close());

async function connect({ port }: Pick<LiveWorld, 'port'> = world): Promise<Client> {
  const client = await eventually(() => connectClient(port));
  clients.push(client);
  return client;
}

async function connections(): Promise<number> {
  const { websocket } = (await (await fetch(`${world.url}/health`)).json()) as { websocket: { connections: number } };
  return websocket.connections;
}

/** The last position, when everything that was recorded has reached the feed. */
function caughtUp({ feed }: Pick<LiveWorld, 'feed'> = world): Promise<number> {
  return eventually(async () => {
    const [row] = await world.query<{ events: number }>('select count(*)::integer as events from events');
    expect(feed.head()).toBe(row?.events);
    return feed.head();
  });
}

/** Reads nothing more, but shows that it lives: what drops it is that it does not read. */
function goDeaf(client: Client): () => void {
  client.socket.pause();
  const pongs = setInterval(() => {
    client.socket.pong();
  }, PING_MS / 3);
  return () => {
    clearInterval(pongs);
  };
}

test('a client that stops reading is dropped, and the others miss nothing', async () => {
  const [deaf, other] = [await connect(), await connect()];
  for (const client of [deaf, other]) await client.ask({ type: 'subscribe', topic: 'work' });
  const stopPongs = goDeaf(deaf);
  const text = 'x'.repeat(16_384);
  // No more at once than the queue of one that reads holds, until the other's is full.
  for (let sent = 10; (await connections()) > 1; sent += 10) {
    await world.record(10, { data: { text } });
    await eventually(() => {
      expect(other.of('event')).toHaveLength(sent);
    });
  }
  stopPongs();

  expect(await other.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
});

test('a client that reads again in time is told why it was dropped', async () => {
  const patient = await world.startApi({ websocket: { ...LIMITS, closeGraceMs: 30_000 } });
  const slow = await connect(patient);
  await slow.ask({ type: 'subscribe', topic: 'work' });
  const { length } = slow.of('event');

  const stopPongs = goDeaf(slow);
  const text = 'x'.repeat(16_384);
  const before = await caughtUp(patient);
  while (patient.feed.subscriptions() > 0) {
    await world.record(50, { data: { text } });
    await caughtUp(patient);
  }
  stopPongs();
  slow.socket.resume();

  await eventually(() => {
    expect(slow.closed()).toEqual({ code: 1013, reason: 'Too slow; resume after the last id' });
  });
  await patient.close();
  expect(slow.of('error').at(-1)).toMatchObject({ error: expect.stringContaining('Too slow') });
  const ids = slow.ids().slice(length);
  expect(ids).toEqual(ids.map((_, index) => before + 1 + index));
});

test('a client that resumes far back is given its past at the pace at which it reads', async () => {
  await world.record(500, { entityId: 'long', data: { text: 'x'.repeat(16_384) } });
  const last = await caughtUp();
  const client = await connect();

  await client.ask({ type: 'subscribe', topic: 'work', after: last - 500 });

  await eventually(() => {
    expect(client.ids()).toHaveLength(500);
  });
  expect(client.closed()).toBeNull();
});

test('a peer that no longer answers pings is gone soon', async () => {
  const [dead, alive] = [await connect(), await connect()];
  dead.socket.pause();

  await eventually(async () => {
    expect(await connections()).toBe(1);
  });

  expect(alive.closed()).toBeNull();
});

test('more connections than the limit are refused, and places become free again', async () => {
  for (let count = 0; count < 5; count++) await connect();

  await expect(connectClient(world.port)).rejects.toThrow('503');

  await clients[0]?.close();
  await connect();
});

test('figures come again and again', async () => {
  const client = await connect();
  await client.ask({ type: 'subscribe', topic: 'stats' });

  await eventually(() => {
    expect(client.of('stats').length).toBeGreaterThan(2);
  });
});

test('a clean stop says goodbye to everybody, and does not wait for those who do not answer', async () => {
  const api = await world.startApi();
  const [polite, deaf] = [await connectClient(api.port), await connectClient(api.port)];
  deaf.socket.pause();

  await api.close();

  await eventually(() => {
    expect(polite.closed()).toEqual({ code: 1001, reason: 'Server shutting down' });
  });
  await Promise.all([polite.close(), deaf.close()]);
});
