import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { pino } from 'pino';
import { watchAgents } from '../../bridge/watch-agents.ts';
import { connectNats, watchAgentRegistry } from '../../src/adapters/nats/index.ts';
import type { AgentLedger } from '../../src/ports/ledger/agent-ledger.ts';
import { openWorld } from '../adapters/postgres/open-world.ts';
import type { World } from '../adapters/postgres/open-world.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNats } from '../support/servers.ts';
import { RecordingEngine } from './recording-engine.ts';
import type { TestNats } from '../support/servers.ts';

const logger = pino({ level: 'silent' });
let world: World;
let server: TestNats;
let connection: NatsConnection;
let kv: KV;
let stops: (() => Promise<void>)[] = [];
let engine: RecordingEngine;

beforeAll(async () => {
  [world, server] = await Promise.all([openWorld(), startTestNats()]);
});
beforeEach(async () => {
  engine = new RecordingEngine();
  connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  kv = await new Kvm(jetstream(connection)).create('agent-registry', { history: 1 });
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
  await connection.close();
  await world.clear();
  await server.kill9();
  server.loseDisk();
  await server.restart();
});
afterAll(async () => {
  await Promise.all([world.close(), server.stop()]);
});

async function startWatch({ graceMs = 0, agents = world.ledger.agents }: { graceMs?: number; agents?: AgentLedger } = {}): Promise<() => Promise<void>> {
  const nats = await connectNats({ url: server.url, name: 'bridge', logger });
  const registry = watchAgentRegistry(nats, { defaultProjectId: 'default' });
  const abort = new AbortController();
  const watching = watchAgents({ registry, agents, engine, logger, lookIntervalMs: 100, graceMs }, abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await watching;
    await registry.close();
    await nats.close();
  };
  stops.push(stop);
  return stop;
}

const put = (guid: string, entry: object = {}) => kv.put(guid, JSON.stringify({ handle: guid, lastHeartbeat: new Date().toISOString(), ...entry }));

async function told(guid: string): Promise<string[]> {
  return (await world.query<{ type: string }>(`select type from events where entity_id = $1 order by seq`, [guid])).map(({ type }) => type);
}

async function tells(guid: string, expected: readonly string[]): Promise<void> {
  await eventually(async () => {
    expect(await told(guid)).toEqual(expected.map((name) => `agent:${name}`));
  });
}

test('an agent that registers by itself, works and leaves is told of, once by two bridges', async () => {
  await Promise.all([startWatch(), startWatch()]);

  await put('a', { handle: 'kim', capabilities: ['build'] });
  await tells('a', ['registered']);
  await put('a', { handle: 'kim', status: 'busy', currentTaskCount: 1 });
  await tells('a', ['registered', 'updated']);
  await put('a', { handle: 'kim', status: 'offline' });
  await tells('a', ['registered', 'updated', 'shutdown']);
  await put('a', { handle: 'kim' });
  await tells('a', ['registered', 'updated', 'shutdown', 'registered']);
  await kv.delete('a');
  await tells('a', ['registered', 'updated', 'shutdown', 'registered', 'shutdown']);

  const [last] = await world.query(`select data, project_id from events where entity_id = 'a' order by seq desc limit 1`);
  expect(last).toMatchObject({ project_id: 'default', data: { agent: { guid: 'a', handle: 'kim' }, reason: 'manual', graceful: true } });
});

test('the coordinator is woken when an agent comes or has room again, not when it only has more to do', async () => {
  const stop = await startWatch();

  await put('a', { capabilities: ['build'] });
  await tells('a', ['registered']);
  await put('a', { capabilities: ['build'], status: 'busy', currentTaskCount: 1 });
  await tells('a', ['registered', 'updated']);
  await stop();

  expect(engine.wakes).toBe(1);

  await startWatch();
  await put('a', { capabilities: ['build'] });
  await eventually(() => {
    expect(engine.wakes).toBe(2);
  });
});

test('what happened while no bridge ran is told by the next one', async () => {
  const stop = await startWatch();
  for (const guid of ['changes', 'leaves', 'vanishes']) await put(guid);
  for (const guid of ['changes', 'leaves', 'vanishes']) await tells(guid, ['registered']);
  await stop();

  await put('changes', { status: 'busy' });
  await put('leaves', { status: 'offline' });
  await kv.purge('vanishes');
  await put('comes');
  await startWatch();

  await tells('changes', ['registered', 'updated']);
  await tells('leaves', ['registered', 'shutdown']);
  await tells('vanishes', ['registered', 'shutdown']);
  await tells('comes', ['registered']);
});

test('an agent that has been silent for too long is told of as lost, but not before we have listened for a while', async () => {
  const stop = await startWatch();
  await put('a');
  await tells('a', ['registered']);
  await stop();
  await put('a', { lastHeartbeat: new Date(Date.now() - 600_000).toISOString() });

  const stopEarly = await startWatch({ graceMs: 60_000 });
  await put('b');
  await tells('b', ['registered']);
  expect(await told('a')).toEqual(['agent:registered']);
  await stopEarly();
  await startWatch();

  await tells('a', ['registered', 'shutdown']);
  const [event] = await world.query(`select data from events where entity_id = 'a' and type = 'agent:shutdown'`);
  expect(event).toMatchObject({ data: { reason: 'error', graceful: false } });
});

test('agents that only beat cost the ledger nothing, and those that we started are none of its business', async () => {
  await world.registerTarget();
  const { taken } = await world.work();
  const recorded: string[][] = [];
  const { agents } = world.ledger;
  await startWatch({
    agents: {
      ...agents,
      recordSightings: (sightings) => {
        recorded.push(sightings.map(({ guid }) => guid));
        return agents.recordSightings(sightings);
      },
    },
  });
  await put('a');
  await put(taken.agentGuid, { status: 'busy' });
  await tells('a', ['registered']);
  await eventually(() => {
    expect(recorded.flat()).toContain(taken.agentGuid);
  });
  const before = recorded.length;

  for (let beat = 0; beat < 5; beat++) {
    await put('a');
    await put(taken.agentGuid, { status: beat % 2 === 0 ? 'online' : 'busy' });
  }
  await put('last');
  await tells('last', ['registered']);

  expect(recorded.slice(before).flat()).toEqual(['last']);
});

test('while the ledger is away nothing is lost', async () => {
  let away = true;
  const { agents } = world.ledger;
  await startWatch({
    agents: { ...agents, recordSightings: (sightings) => (away ? Promise.reject(new Error('away')) : agents.recordSightings(sightings)) },
  });
  await put('a');
  await put('b', { status: 'busy' });

  away = false;

  await tells('a', ['registered']);
  await tells('b', ['registered']);
});
