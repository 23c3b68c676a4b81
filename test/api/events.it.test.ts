import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openLiveWorld } from './live-world.ts';
import type { LiveWorld } from './live-world.ts';
import { readStream } from './read-stream.ts';
import type { StreamReader } from './read-stream.ts';

let world: LiveWorld;
let readers: StreamReader[] = [];

beforeAll(async () => {
  world = await openLiveWorld({ streams: { heartbeatMs: 100, queueBytesMax: 262_144 } });
});

afterEach(() => {
  for (const reader of readers) reader.leave();
  readers = [];
});

afterAll(() => world.close());

async function read(path: string, headers: Record<string, string> = {}): Promise<StreamReader> {
  const reader = await readStream(`${world.url}${path}`, headers);
  readers.push(reader);
  return reader;
}

async function caughtUp(): Promise<number> {
  return eventually(async () => {
    const [row] = await world.query<{ events: number }>('select count(*)::integer as events from events');
    expect(world.feed.head()).toBe(row?.events);
    return world.feed.head();
  });
}

test('a stream gives what happens, each event with its position, name and record', async () => {
  const reader = await read('/api/events');
  const { id } = await world.submit();

  const [event] = await eventually(() => {
    expect(reader.events).toHaveLength(2);
    return reader.events;
  });

  expect(reader.answer.headers.get('content-type')).toContain('text/event-stream');
  expect(event).toEqual({
    id: String(world.feed.head() - 1),
    event: 'work:submitted',
    data: expect.objectContaining({ entityId: id, type: 'work:submitted', position: world.feed.head() - 1 }),
  });
});

test('a stream tells where it begins, so that one that breaks before its first event can be resumed', async () => {
  const head = await caughtUp();
  const left = new AbortController();
  const answer = await fetch(`${world.url}/api/events`, { headers: { accept: 'text/event-stream' }, signal: left.signal });

  const first = await answer.body?.getReader().read();
  left.abort();

  expect(new TextDecoder().decode(first?.value as Uint8Array)).toBe(`retry: 1000\nid: ${String(head)}\n\n`);
});

test('Last-Event-ID resumes, and wins over the address', async () => {
  const before = await caughtUp();
  await world.record(250);
  await caughtUp();

  const reader = await read('/api/events?after=0', { 'last-event-id': String(before + 10) });
  await world.record(50);

  await eventually(() => {
    expect(reader.ids()).toHaveLength(290);
  });
  expect(reader.ids()).toEqual(Array.from({ length: 290 }, (_, index) => before + 11 + index));
});

test('the stream of an item begins with its beginning and carries nothing else', async () => {
  const { id } = await world.submit();
  await world.submit();
  await caughtUp();

  const reader = await read(`/api/work/${id}/events`);
  await fetch(`${world.url}/api/work/${id}/cancel`, { method: 'POST' });

  await eventually(() => {
    expect(reader.events.map(({ event }) => event)).toEqual(['work:submitted', 'work:queued', 'work:cancel-requested']);
  });
});

test('projects, topics and names are filters', async () => {
  const after = await caughtUp();
  await world.record(1, { projectId: 'mine', type: 'work:failed' });
  await world.record(1, { projectId: 'other', type: 'work:failed' });
  await world.record(1, { projectId: 'mine', type: 'work:queued' });
  await world.record(1, { projectId: 'mine', type: 'target:removed', entityId: 'target' });
  await caughtUp();

  const page = async (query: string): Promise<unknown> => {
    const answer = await fetch(`${world.url}/api/events?after=${String(after)}&${query}`);
    return ((await answer.json()) as { events: { position: number }[] }).events.map(({ position }) => position - after);
  };

  expect(await page('')).toEqual([1, 2, 3, 4]);
  expect(await page('projectId=mine')).toEqual([1, 3, 4]);
  expect(await page('topic=work')).toEqual([1, 2, 3]);
  expect(await page('type=work:failed&projectId=other')).toEqual([2]);
  expect(await page('topic=targets&type=work:failed')).toEqual([]);
});

test('pages follow each other by position', async () => {
  const after = await caughtUp();
  await world.record(5);
  await caughtUp();

  const first = (await (await fetch(`${world.url}/api/events?after=${String(after)}&limit=3`)).json()) as { nextAfter: number };
  const second: unknown = await (await fetch(`${world.url}/api/events?after=${String(first.nextAfter)}&limit=3`)).json();

  expect(first).toMatchObject({ count: 3, hasMore: true, nextAfter: after + 3 });
  expect(second).toMatchObject({ count: 2, hasMore: false, nextAfter: after + 5 });
});

test.each([
  ['an id of another server', '/api/events?after=999999', {}],
  ['an id that is none', '/api/events', { 'last-event-id': 'x' }],
  ['an unknown name', '/api/events?type=work:danced', {}],
  ['an unknown topic', '/api/events?topic=weather', {}],
])('%s is a bad request', async (_what, path, headers) => {
  const answer = await fetch(`${world.url}${path}`, { headers: { accept: 'text/event-stream', ...headers } });

  expect(answer.status).toBe(400);
});

test('a quiet stream shows that it lives', async () => {
  const reader = await read('/api/events');

  await eventually(() => {
    expect(reader.comments()).toBeGreaterThan(2);
  });
});

test('a reader that stops reading is dropped, and the others miss nothing', async () => {
  const slow = await read('/api/events');
  const other = await read('/api/events');
  slow.pause();
  await eventually(() => {
    expect(world.feed.subscriptions()).toBe(2);
  });

  // Less at a time than a reader's bound: one that reads can never be too slow. What the slow one does not read fills the sockets first.
  for (let round = 1; world.feed.subscriptions() === 2 && round <= 200; round++) {
    await world.record(10, { data: { text: 'x'.repeat(16_384) } });
    await eventually(() => {
      expect(other.events).toHaveLength(round * 10);
    });
  }

  expect(world.feed.subscriptions()).toBe(1);
  expect(other.ended()).toBe(false);
});

test('a clean stop ends the streams', async () => {
  const api = await world.startApi();
  const reader = await readStream(`${api.url}/api/events`);

  await api.close();

  await eventually(() => {
    expect(reader.ended()).toBe(true);
  });
});
