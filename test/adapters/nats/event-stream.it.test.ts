import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { connectNats, createEventStream, ensureStreams } from '../../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../../src/adapters/nats/index.ts';
import { WeftEvent } from '../../../src/domain/events/event.ts';
import type { EventStream } from '../../../src/ports/event-stream.ts';
import type { PositionedEvent } from '../../../src/ports/ledger/event-ledger.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import type { TestNats } from '../../support/servers.ts';
import { publishedEvents } from './published-events.ts';

// The client reconnects every two seconds.
let server: TestNats;
let nats: NatsConnectionHandle;
let stream: EventStream;

beforeAll(async () => {
  server = await startTestNats();
});

beforeEach(async () => {
  nats = await connectNats({ url: server.url, name: 'test', logger: pino({ level: 'silent' }) });
  stream = createEventStream(nats);
});

afterEach(async () => {
  await ensureStreams(nats);
  const { connection } = await nats.whenConnected(AbortSignal.timeout(10_000));
  const manager = await jetstreamManager(connection);
  await manager.streams.delete('WEFT_EVENTS');
  await nats.close();
});

afterAll(() => server.stop());

function event(position: number, part: Partial<PositionedEvent> = {}): PositionedEvent {
  return {
    position,
    entityType: 'work',
    entityId: 'item-1',
    seq: position,
    type: 'work:progress',
    projectId: 'project-1',
    timestamp: '2026-01-01T00:00:00.000Z',
    data: { progress: position },
    ...part,
  };
}

async function publishAll(target: EventStream, from: number, to: number): Promise<void> {
  const events = Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
  expect(await target.publish(events, from - 1)).toBe(to);
}

function positions(): Promise<number[]> {
  return publishedEvents(nats).then((events) => events.map(({ position }) => position ?? 0));
}

test('a new stream has no position', async () => {
  expect(await stream.lastPosition()).toBe(0);
});

test('events are published as they are, under their project and name', async () => {
  await publishAll(stream, 1, 3);

  const { connection } = await nats.whenConnected(AbortSignal.timeout(1000));
  const stored = await (await jetstreamManager(connection)).streams.getMessage('WEFT_EVENTS', { seq: 2 });

  expect(stored?.subject).toBe('weft.v1.project-1.event.work.progress');
  expect(WeftEvent.parse(stored?.json())).toEqual(event(2));
  expect(await stream.lastPosition()).toBe(3);
});

test('one who missed another one’s message is told of a conflict, and may go on from there', async () => {
  await publishAll(stream, 1, 2);
  const other = createEventStream(nats);
  expect(await other.lastPosition()).toBe(2);
  await publishAll(other, 3, 3);

  expect(await stream.publish([event(3)], 2)).toBe(2);

  expect(await stream.lastPosition()).toBe(3);
  await publishAll(stream, 4, 4);
  expect(await positions()).toEqual([1, 2, 3, 4]);
});

test('publishing after another position than the last is a conflict', async () => {
  await publishAll(stream, 1, 2);

  expect(await stream.publish([event(9)], 8)).toBe(8);
});

test('goes on where it was after the server was killed', async () => {
  await publishAll(stream, 1, 3);

  await server.kill9();
  await expect(stream.publish([event(4)], 3)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  await server.restart();

  expect(await eventually(() => stream.lastPosition())).toBe(3);
  await publishAll(stream, 4, 4);
  expect(await positions()).toEqual([1, 2, 3, 4]);
});

test('a lost stream is a conflict; it is made again and filled from any position', async () => {
  await publishAll(stream, 1, 3);
  await server.kill9();
  server.loseDisk();
  await server.restart();

  await eventually(async () => {
    expect(await stream.publish([event(4)], 3)).toBe(3);
  });

  expect(await stream.lastPosition()).toBe(0);
  expect(await stream.publish([event(2)], 0)).toBe(2);
  await publishAll(stream, 3, 4);
  expect(await positions()).toEqual([2, 3, 4]);
});

test('many go out at once, in order, however many are given', async () => {
  const events = Array.from({ length: 300 }, (_, index) => event(index + 1));

  for (let reached = 0; reached < 300;) reached = await stream.publish(events.slice(reached), reached);

  expect(await positions()).toEqual(events.map(({ position }) => position));
});

test('when somebody else’s messages come between those on their way, none is left out before a later one', async () => {
  const events = Array.from({ length: 60 }, (_, index) => event(index + 1));
  const publishing = stream.publish(events, 0);
  for (let count = 0; count < 5; count++) nats.link()?.connection.publish('weft.v1.project-1.event.work.progress', JSON.stringify(event(900 + count)));
  let reached = await publishing;
  nats.link()?.connection.publish('weft.v1.project-1.event.work.progress', JSON.stringify(event(905)));
  await nats.link()?.connection.flush();

  while (reached < 60) {
    const next = await stream.publish(events.slice(reached), reached);
    reached = next === reached ? await stream.lastPosition() : next;
  }

  expect((await positions()).filter((position) => position < 900)).toEqual(events.map(({ position }) => position));
});

test('what a purged stream has held is not published twice', async () => {
  await publishAll(stream, 1, 3);
  const { connection } = await nats.whenConnected(AbortSignal.timeout(1000));
  await (await jetstreamManager(connection)).streams.purge('WEFT_EVENTS');

  expect(await stream.lastPosition()).toBe(0);
  expect(await stream.publish([event(3)], 0)).toBe(3);
  await publishAll(stream, 4, 5);

  expect(await positions()).toEqual([4, 5]);
});

test('a message that is none of ours does not hide the last position', async () => {
  await publishAll(stream, 1, 2);
  nats.link()?.connection.publish('weft.v1.project-1.event.work.progress', 'nonsense');
  await nats.link()?.connection.flush();

  expect(await stream.publish([event(3)], 2)).toBe(2);

  expect(await stream.lastPosition()).toBe(2);
  await publishAll(stream, 3, 4);
});

test('an event that is too large goes out without its data, so that it holds up nothing', async () => {
  expect(await stream.publish([event(1, { data: { text: 'x'.repeat(200_000) } })], 0)).toBe(1);

  const [published] = await publishedEvents(nats);

  expect(published).toEqual(event(1, { data: { omitted: expect.any(String) } }));
});

test('a character that JSON must escape counts as the bytes that it needs', async () => {
  expect(await stream.publish([event(1, { data: { text: '\u0001'.repeat(20_000) } })], 0)).toBe(1);

  expect(await publishedEvents(nats)).toHaveLength(1);
});
