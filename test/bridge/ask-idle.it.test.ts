import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { pino } from 'pino';
import { askIdleAgents } from '../../bridge/ask-idle.ts';
import { watchAgents } from '../../bridge/watch-agents.ts';
import { connectNats, createAgentSignals, watchAgentRegistry } from '../../src/adapters/nats/index.ts';
import { openWorld } from '../adapters/postgres/open-world.ts';
import type { World } from '../adapters/postgres/open-world.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNats } from '../support/servers.ts';
import type { TestNats } from '../support/servers.ts';
import { RecordingEngine } from './recording-engine.ts';

const LIMIT_MS = 500;
const logger = pino({ level: 'silent' });
let world: World;
let server: TestNats;
let agents: NatsConnection;
let kv: KV;
let heard: string[] = [];
let stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [world, server] = await Promise.all([openWorld(), startTestNats()]);
});
beforeEach(async () => {
  agents = await connect({ servers: server.url });
  kv = await new Kvm(jetstream(agents)).create('agent-registry', { history: 1 });
  heard = [];
  agents.subscribe('loom.*.agents.*.shutdown', { callback: (_error, message) => void heard.push(`${message.subject} ${message.string()}`) });
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
  await kv.destroy();
  await agents.close();
  await world.clear();
});
afterAll(async () => {
  await Promise.all([world.close(), server.stop()]);
});

/** As much of a bridge as agents that register by themselves know of; says when it has looked once more. */
async function startBridge({ graceMs = 0 } = {}): Promise<void> {
  const nats = await connectNats({ url: server.url, name: 'bridge', logger });
  const registry = watchAgentRegistry(nats, { defaultProjectId: 'default' });
  const abort = new AbortController();
  const common = { registry, agents: world.ledger.agents, logger };
  const running = Promise.all([
    watchAgents({ ...common, engine: new RecordingEngine(), lookIntervalMs: 50, graceMs: 0 }, abort.signal),
    askIdleAgents({ ...common, signals: createAgentSignals(nats), intervalMs: 50, graceMs }, abort.signal),
  ]);
  stops.push(async () => {
    abort.abort();
    await running;
    await registry.close();
    await nats.close();
  });
}

const put = (guid: string, entry: object = {}) =>
  kv.put(guid, JSON.stringify({ handle: guid, projectId: 'team', lastHeartbeat: new Date().toISOString(), ...entry }));

async function hears(expected: readonly string[]): Promise<void> {
  await eventually(() => {
    expect(heard).toEqual(expected.map((guid) => `loom.team.agents.${guid}.shutdown {"reason":"idle-timeout","graceful":true}`));
  });
}

test('an agent that is idle for as long as it says is asked to leave, once by two bridges and after a restart, and again when it was busy since', async () => {
  await Promise.all([startBridge(), startBridge()]);
  await put('a', { spindownAfterIdleMs: LIMIT_MS });
  await hears(['a']);

  await startBridge();
  // Whoever comes later is asked later, so by then everybody has looked at the first one again.
  await put('b', { spindownAfterIdleMs: LIMIT_MS });
  await hears(['a', 'b']);
  await put('a', { spindownAfterIdleMs: LIMIT_MS, status: 'busy', currentTaskCount: 1 });
  await eventually(async () => {
    expect(await world.query(`select status from agents where guid = 'a'`)).toEqual([{ status: 'busy' }]);
  });
  await put('a', { spindownAfterIdleMs: LIMIT_MS });

  await hears(['a', 'b', 'a']);
});

test('nobody is asked to leave who names no such time, has a task or is active, nor anybody while we have only begun to listen', async () => {
  await put('early', { spindownAfterIdleMs: 1 });
  await startBridge({ graceMs: 3_600_000 });
  await put('silent-about-it');
  await put('for-ever', { spindownAfterIdleMs: 0 });
  await put('working', { spindownAfterIdleMs: 1, currentTaskCount: 1 });
  await put('active', { spindownAfterIdleMs: 3_600_000, lastActivity: new Date().toISOString() });
  await eventually(async () => {
    expect(await world.query('select count(*)::int as known from agents')).toEqual([{ known: 5 }]);
  });
  expect(heard).toEqual([]);

  await startBridge();
  await hears(['early']);
  await put('last', { spindownAfterIdleMs: LIMIT_MS });

  await hears(['early', 'last']);
});
