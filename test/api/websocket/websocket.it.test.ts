import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { connectClient, openLiveWorld } from '../live-world.ts';
import type { Client, LiveWorld } from '../live-world.ts';

let world: LiveWorld;
let clients: Client[] = [];

beforeAll(async () => {
  world = await openLiveWorld();
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
});

afterAll(() => world.close());

async function connect(): Promise<Client> {
  const client = await connectClient(world.port);
  clients.push(client);
  return client;
}

test.each([
  ['a ping', { type: 'ping', extra: 1 }, { type: 'pong' }],
  ['another type', { type: 'dance' }, { type: 'error', error: 'Unknown message type: dance' }],
  ['no type', {}, { type: 'error', error: 'Unknown message type: undefined' }],
  ['what is no JSON', 'not json', { type: 'error', error: 'Invalid message format' }],
  ['null', 'null', { type: 'error', error: 'Invalid message format' }],
  ['a list', '[]', { type: 'error', error: 'Invalid message format' }],
  ['an unknown topic', { type: 'subscribe', topic: 'weather' }, { type: 'error', error: 'Invalid topic: weather' }],
  ['a missing topic', { type: 'subscribe' }, { type: 'error', error: 'Invalid topic: undefined' }],
  ['a topic that is not subscribed', { type: 'unsubscribe', topic: 'work' }, { type: 'error', error: 'Not subscribed to topic: work' }],
  ['an id that was never given', { type: 'subscribe', topic: 'work', after: 999_999 }, { type: 'error', error: 'Unknown event id: 999999' }],
  ['an id that is none', { type: 'subscribe', topic: 'work', after: -1 }, { type: 'error', error: expect.stringContaining('Invalid after') }],
  ['a filter that is none', { type: 'subscribe', topic: 'work', filter: 5 }, { type: 'error', error: expect.stringContaining('Invalid filter') }],
  ['a subscription', { type: 'subscribe', topic: 'work' }, { type: 'ack', subscribed: 'work' }],
  ['a binary frame', Buffer.from('{"type":"ping"}'), { type: 'pong' }],
])('%s is answered, and the connection stays', async (_what, message, expected) => {
  const client = await connect();

  const answer = await client.ask(message);

  expect(answer).toEqual({ timestamp: expect.any(String), ...('subscribed' in expected ? { id: expect.any(Number) } : {}), ...expected });
  expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
});

test('an event has the form of the contract, with its id and the description', async () => {
  const client = await connect();
  await client.ask({ type: 'subscribe', topic: 'work' });

  const { id } = await world.submit({ taskId: 'task-1', boundary: 'corporate', description: 'Paint the shed.' });
  const [event] = await eventually(() => {
    expect(client.of('event')).toHaveLength(1);
    return client.of('event');
  });

  const common = { timestamp: expect.any(String), projectId: 'default' };
  expect(event).toEqual({
    type: 'event',
    id: expect.any(Number),
    topic: 'work',
    event: 'work:submitted',
    ...common,
    data: expect.objectContaining({
      type: 'work:submitted',
      ...common,
      workId: id,
      taskId: 'task-1',
      capability: 'build',
      boundary: 'corporate',
      priority: 5,
      description: 'Paint the shed.',
    }),
  });
});

test('events of a project that nobody had heard of at the start arrive as well', async () => {
  const client = await connect();
  await client.ask({ type: 'subscribe', topic: 'work' });

  await world.submit({ projectId: 'born-later' });

  await eventually(() => {
    expect(client.of('event')).toEqual([expect.objectContaining({ projectId: 'born-later' })]);
  });
});

test('a second subscribe replaces the filter, an unsubscribe ends it', async () => {
  const client = await connect();
  await client.ask({ type: 'subscribe', topic: 'work', filter: { boundary: 'corporate' } });
  await client.ask({ type: 'subscribe', topic: 'work', filter: { boundary: 'personal' } });

  for (const boundary of ['corporate', 'personal']) await world.record(1, { type: 'work:failed', data: { boundary } });
  await eventually(() => {
    expect(client.of('event').map(({ data }) => data?.['boundary'])).toEqual(['personal']);
  });
  expect(await client.ask({ type: 'unsubscribe', topic: 'work' })).toMatchObject({ unsubscribed: 'work' });
  const other = await connect();
  await other.ask({ type: 'subscribe', topic: 'work' });
  await world.record(1, { type: 'work:failed', data: { boundary: 'personal' } });
  await eventually(() => {
    expect(other.of('event')).toHaveLength(1);
  });

  expect(client.of('event')).toHaveLength(1);
});

test('a client sees the 19 names it knows, and ours only when it asks', async () => {
  const [known, all] = [await connect(), await connect()];
  await known.ask({ type: 'subscribe', topic: 'work' });
  await all.ask({ type: 'subscribe', topic: 'work', all: true });

  for (const type of ['work:queued', 'work:cancelled'] as const) await world.record(1, { type });

  await eventually(() => {
    expect(known.of('event').map(({ event }) => event)).toEqual(['work:cancelled']);
    expect(all.of('event').map(({ event }) => event)).toEqual(['work:queued', 'work:cancelled']);
  });
});

test('a topic carries its own events only', async () => {
  const client = await connect();
  await client.ask({ type: 'subscribe', topic: 'targets' });

  await world.record(1, { type: 'work:cancelled' });
  await world.record(1, { type: 'target:removed', entityId: 'target-1', data: { targetId: 'target-1', targetName: 'laptop' } });

  await eventually(() => {
    expect(client.of('event')).toEqual([expect.objectContaining({ topic: 'targets', event: 'target:removed' })]);
  });
});

test('a project may be chosen', async () => {
  const client = await connect();
  await client.ask({ type: 'subscribe', topic: 'work', projectId: 'mine' });

  for (const projectId of ['other', 'mine']) await world.record(1, { projectId });

  await eventually(() => {
    expect(client.of('event')).toEqual([expect.objectContaining({ projectId: 'mine' })]);
  });
});

test('a client that resumes gets what it missed, then what happens, each once and in order', async () => {
  const first = await connect();
  const { id: from = 0 } = await first.ask({ type: 'subscribe', topic: 'work' });
  await world.record(450);
  await eventually(() => {
    expect(first.of('event')).toHaveLength(450);
  });

  const second = await connect();
  const recording = world.record(50).then(() => world.record(50));
  await second.ask({ type: 'subscribe', topic: 'work', after: String(from + 100) });
  await recording;

  await eventually(() => {
    expect(second.ids()).toHaveLength(450);
  });
  expect(second.ids()).toEqual(Array.from({ length: 450 }, (_, index) => from + 101 + index));
});

test('two hundred clients all receive an event', async () => {
  const many = await Promise.all(Array.from({ length: 200 }, () => connect()));
  await Promise.all(many.map((client) => client.ask({ type: 'subscribe', topic: 'work' })));

  await world.record(1);

  await eventually(() => {
    expect(many.every((client) => client.of('event').length === 1)).toBe(true);
  });
  await eventually(async () => {
    const health = (await (await fetch(`${world.url}/health`)).json()) as object;
    expect(health).toMatchObject({ status: 'ok', documentation: '/api/docs', websocket: { connections: 200, status: 'ok' } });
  });
});

test('a thousand events reach one client, in order', async () => {
  const client = await connect();
  const { id: from = 0 } = await client.ask({ type: 'subscribe', topic: 'work' });

  await world.record(1000);

  await eventually(() => {
    expect(client.ids()).toHaveLength(1000);
  });
  expect(client.ids()).toEqual(Array.from({ length: 1000 }, (_, index) => from + 1 + index));
});

test('figures come at once', async () => {
  const client = await connect();
  await client.ask({ type: 'subscribe', topic: 'stats' });

  await eventually(() => {
    expect(client.of('stats')).toEqual([
      {
        type: 'stats',
        projectId: 'default',
        timestamp: expect.any(String),
        data: {
          agents: { total: 0, byType: {}, byStatus: { online: 0, busy: 0, offline: 0 } },
          work: expect.objectContaining({ pending: expect.any(Number), active: 0, completed: 0, failed: 0 }),
          targets: expect.objectContaining({ total: 0, available: 0, inUse: 0, disabled: 0 }),
          websocket: { connections: expect.any(Number), subscriptions: 1 },
        },
      },
    ]);
  });
});

test('a message larger than the limit ends the connection that sent it', async () => {
  const client = await connect();

  client.send({ type: 'ping', padding: 'x'.repeat(70_000) });

  await eventually(() => {
    expect(client.closed()).toMatchObject({ code: 1009 });
  });
});
