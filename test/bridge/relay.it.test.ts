import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { relayEvents } from '../../bridge/relay.ts';
import { connectNats, createEventStream, ensureStreams } from '../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../src/adapters/nats/index.ts';
import { createEventLedger } from '../../src/adapters/postgres/event-ledger.ts';
import type { WeftEvent } from '../../src/domain/events/event.ts';
import type { EventStream } from '../../src/ports/event-stream.ts';
import { publishedEvents } from '../adapters/nats/published-events.ts';
import { openWorld } from '../adapters/postgres/open-world.ts';
import type { World } from '../adapters/postgres/open-world.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNats } from '../support/servers.ts';
import type { TestNats } from '../support/servers.ts';

// The client reconnects every two seconds, and a relay that failed tries again a little later.
const lines: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
let world: World;
let server: TestNats;
let nats: NatsConnectionHandle;
let relays: { stop: () => Promise<void> }[] = [];
const entities = ['item-1', 'item-2', 'item-3'];
let seqs: Record<string, number>;

beforeAll(async () => {
  world = await openWorld();
});

beforeEach(async () => {
  server = await startTestNats();
  nats = await connectNats({ url: server.url, name: 'test', logger });
  await ensureStreams(nats);
  seqs = {};
  lines.length = 0;
});

afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  relays = [];
  await nats.close();
  await server.stop();
  await world.clear();
});

afterAll(() => world.close());

interface RelayOptions {
  readonly wrap?: (stream: EventStream) => EventStream;
  readonly pollMs?: number;
}

async function startRelay({ wrap = (stream) => stream, pollMs = 200 }: RelayOptions = {}): Promise<() => Promise<void>> {
  const own = await connectNats({ url: server.url, name: 'relay', logger });
  const abort = new AbortController();
  const eventStream = wrap(createEventStream(own));
  const relaying = relayEvents({ eventLedger: createEventLedger(world.databaseUrl), eventStream, logger, pollMs }, abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await relaying;
    await own.close();
  };
  relays.push({ stop });
  return stop;
}

/** Events of several entities, each in order. */
async function record(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const entity = entities[index % entities.length] ?? '';
    const seq = (seqs[entity] ?? 0) + 1;
    seqs[entity] = seq;
    await world.query(
      `insert into events (entity_type, entity_id, seq, event_key, project_id, type, data) values ('work', $1, $2, $3, 'p', 'work:progress', '{}')`,
      [entity, seq, `${entity}:${String(seq)}`],
    );
  }
}

async function published(count: number): Promise<WeftEvent[]> {
  return eventually(async () => {
    const events = await publishedEvents(nats);
    expect(events).toHaveLength(count);
    return events;
  });
}

function expectGapless(events: readonly WeftEvent[], first = 1): void {
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => first + index));
  for (const entity of entities) {
    const own = events.filter(({ entityId }) => entityId === entity).map(({ seq }) => seq);
    expect(own).toEqual(own.map((_, index) => (own[0] ?? 0) + index));
  }
}

function killLeader(): Promise<unknown> {
  return world.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'weft relay' and datname = current_database()`);
}

test('publishes what was recorded before and after it began, in order and without a gap', async () => {
  await record(7);
  await startRelay();
  await published(7);

  await record(8);

  expectGapless(await published(15));
});

test('a committed event is published at once, before anybody looks for it', async () => {
  await record(1);
  await startRelay({ pollMs: 600_000 });
  await published(1);

  await world.submit(); // through the ledger, which rings

  await published(3); // submitted and queued
});

test('two relays publish each event once', async () => {
  await Promise.all([startRelay(), startRelay()]);
  await record(20);
  await published(20);

  await record(20);

  expectGapless(await published(40));
});

test('a change of leader shows nowhere', async () => {
  const [stopFirst] = [await startRelay(), await startRelay()];
  for (let round = 0; round < 4; round++) {
    await record(5);
    await killLeader();
    await record(5);
  }
  await published(40);

  await stopFirst();
  await record(5);

  expectGapless(await published(45));
});

test('goes on where it was when NATS comes back', async () => {
  await startRelay();
  await record(5);
  await published(5);

  await server.kill9();
  await record(5);
  await server.restart();

  expectGapless(await published(10));
});

test('a stream that was lost is filled again from the ledger', async () => {
  await startRelay();
  await record(10);
  await published(10);

  await server.kill9();
  server.loseDisk();
  await server.restart();
  await record(1);

  expectGapless(await published(11));
});

test('a stream that was lost gets no more than it can hold', async () => {
  await world.query(
    `insert into events (entity_type, entity_id, seq, event_key, project_id, type, data, position)
     select 'work', 'old', n, 'old:' || n, 'p', 'work:progress', '{}', n from generate_series(1, 50010) as n`,
  );
  // As if the others had been published and lost.
  await startRelay();

  const { connection } = await nats.whenConnected(AbortSignal.timeout(1000));
  const first = await eventually(async () => {
    const reply = await connection.request('$JS.API.STREAM.MSG.GET.WEFT_EVENTS', '{"seq":1}');
    const { message } = reply.json<{ message: { data: string } }>();
    return JSON.parse(Buffer.from(message.data, 'base64').toString()) as WeftEvent;
  });

  expect(first.position).toBe(11);
});

test('a leader that finds another one’s messages steps down, and none is published twice', async () => {
  const foreign = createEventStream(nats);
  await foreign.lastPosition();
  let overtaken = false;
  await startRelay({
    wrap: (stream) => ({
      lastPosition: () => stream.lastPosition(),
      publish: async (events, previous) => {
        if (overtaken) return stream.publish(events, previous);
        overtaken = true;
        await foreign.publish(events.slice(0, 1), previous);
        return previous;
      },
    }),
  });

  await record(3);

  expectGapless(await published(3));
  expect(lines.join('')).toContain('another relay publishes');
});

test('a relay whose stream is ahead of its ledger publishes nothing', async () => {
  const foreign = createEventStream(nats);
  await startRelay();
  await record(1);
  const [event] = await published(1);
  if (event === undefined) throw new Error('no event');
  await foreign.lastPosition();
  expect(
    await foreign.publish(
      [2, 3].map((position) => ({ ...event, position })),
      1,
    ),
  ).toBe(3);

  await record(1);

  await eventually(() => {
    expect(lines.join('')).toContain('ahead of the ledger');
  });
  expect((await publishedEvents(nats)).map(({ position }) => position)).toEqual([1, 2, 3]);
});

test('while NATS is away events get their positions, and are published when it is back', async () => {
  await startRelay();
  await record(1);
  await published(1);
  await server.kill9();

  await record(3);
  await eventually(async () => {
    const [row] = await world.query<{ last: string }>('select max(position) as last from events');
    expect(row?.last).toBe('4');
  });
  await server.restart();

  expectGapless(await published(4));
});
