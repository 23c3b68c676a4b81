import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { pino } from 'pino';
import { announcing, createAnnouncer } from '../../bridge/announce.ts';
import { relayEvents } from '../../bridge/relay.ts';
import { connectNats, createAnnouncements, createEventStream } from '../../src/adapters/nats/index.ts';
import { createEventLedger } from '../../src/adapters/postgres/event-ledger.ts';
import type { EventName } from '../../src/domain/events/event.ts';
import type { Target } from '../../src/domain/targets/target.ts';
import { TARGET } from '../api/api-world.ts';
import { openWorld } from '../api/api-world.ts';
import type { World } from '../api/api-world.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNats } from '../support/servers.ts';
import type { TestNats } from '../support/servers.ts';

const logger = pino({ level: 'silent' });
let world: World;
let server: TestNats;
let listener: NatsConnection;
let databaseUrl: string;
let heard: { subject: string; body: Record<string, unknown> }[];
let stops: (() => Promise<void>)[];

beforeAll(async () => {
  server = await startTestNats();
});

beforeEach(async () => {
  world = await openWorld();
  databaseUrl = world.databaseUrl;
  heard = [];
  stops = [];
  listener = await connect({ servers: server.url });
  listener.subscribe('loominal.>', {
    callback: (_error, message) => {
      heard.push({ subject: message.subject, body: message.json() });
    },
  });
  await listener.flush();
});

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await listener.close();
  await world.close();
  await server.kill9();
  server.loseDisk();
  await server.restart();
});

afterAll(() => server.stop());

/** The part of a bridge that tells what happened. */
async function startRelay(nowMs: () => number = Date.now): Promise<() => Promise<void>> {
  const nats = await connectNats({ url: server.url, name: 'relay', logger });
  const ended = new AbortController();
  const announcer = createAnnouncer({ targets: world.ledger.targets, announcements: createAnnouncements(nats), logger, nowMs });
  const eventStream = announcing(createEventStream(nats), announcer);
  const running = Promise.all([
    relayEvents({ eventLedger: createEventLedger(databaseUrl), eventStream, logger, pollMs: 50 }, ended.signal),
    announcer.run(ended.signal),
  ]);
  const stop = async (): Promise<void> => {
    ended.abort();
    await running;
    await nats.close();
  };
  stops.push(stop);
  return stop;
}

async function register(body: object = {}): Promise<Target> {
  return (await world.post('/api/targets', { ...TARGET, ...body })).json<Target>();
}

/** Everything that was said when so much was. */
async function said(count: number): Promise<typeof heard> {
  return eventually(() => {
    if (heard.length < count) throw new Error(`${String(heard.length)} of ${String(count)} were heard`);
    return heard;
  });
}

async function record(type: EventName, data: object): Promise<void> {
  await world.query(
    `insert into events (entity_type, entity_id, seq, event_key, project_id, type, data) values ('agent', 'someone', 1, $1, 'default', $2, $3)`,
    [type, type, JSON.stringify(data)],
  );
}

test('each change of a target is said once, whole and without secrets, with two relays', async () => {
  await startRelay();
  await startRelay();
  const { id } = await register({ config: { mechanism: 'local', local: { command: 'true', env: { TOKEN: 'hidden' } } } });
  await said(1);
  await world.request('PUT', `/api/targets/${id}`, { payload: { description: 'new' } });
  await said(2);
  await world.post(`/api/targets/${id}/disable`);
  await said(3);
  await world.request('DELETE', `/api/targets/${id}`);
  await said(4);
  const subjects = ['register', 'update', 'update', 'remove'].map((change) => `loominal.default.targets.${change}`);
  expect(heard.map(({ subject }) => subject)).toEqual(subjects);
  expect(heard.map(({ body }) => body['id'])).toEqual([id, id, id, id]);
  expect(heard[1]?.body).toMatchObject({ name: TARGET.name, description: 'new', status: 'available' });
  expect(heard[2]?.body).toMatchObject({ status: 'disabled' });
  expect(JSON.stringify(heard)).not.toContain('hidden');
});

test('a change of health is said under the id of the target', async () => {
  await startRelay();
  const { id } = await register();
  world.engine.probeAnswer = { healthy: false, error: 'no such program' };
  await world.post(`/api/targets/${id}/test`);
  const [, health] = await said(2);
  expect(health).toEqual({
    subject: `loominal.default.targets.health.${id}`,
    body: { targetId: id, targetName: TARGET.name, healthStatus: 'unhealthy', error: 'no such program', timestamp: expect.any(String) },
  });
});

test('the end of a spin-up is said as the last one of its target', async () => {
  await startRelay();
  const { id } = await register();
  await record('spin-up:completed', { targetId: id, targetName: TARGET.name, agentType: 'claude-code', agentGuid: 'someone', durationMs: 5 });
  const [, ended] = await said(2);
  expect(ended).toEqual({
    subject: 'loominal.default.targets.update',
    body: { type: 'spin-up', targetId: id, event: { time: expect.any(String), outcome: 'success', agent: { guid: 'someone', agentType: 'claude-code' } } },
  });
});

test('what happened long ago is no news, and a stream that was lost says nothing twice', async () => {
  const { id } = await register();
  await startRelay(() => Date.now() + 120_000);
  await eventually(async () => {
    expect(await world.query('select position from events where position is not null')).toHaveLength(1);
  });
  await Promise.all(stops.map((stop) => stop()));
  await startRelay();
  await world.post(`/api/targets/${id}/disable`);
  expect((await said(1)).map(({ body }) => body['status'])).toEqual(['disabled']);
  await server.kill9();
  server.loseDisk();
  await server.restart();
  await eventually(async () => {
    await listener.flush();
    await world.post(`/api/targets/${id}/enable`);
    await world.post(`/api/targets/${id}/disable`);
    if (heard.length < 3) throw new Error('nothing new was heard');
  });
  expect(heard.filter(({ subject }) => subject.endsWith('register'))).toEqual([]);
});
