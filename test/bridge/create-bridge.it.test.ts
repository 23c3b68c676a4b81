import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createBridge } from '../../bridge/create-bridge.ts';
import {
  connectNats,
  coordinatorGuid,
  createAgentBus,
  createAgentInbox,
  createAgentSignals,
  createAnnouncements,
  createEventStream,
  createWarpAgents,
  watchAgentRegistry,
} from '../../src/adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../../src/adapters/nats/index.ts';
import type { Heartbeat } from '../../src/domain/agents/report.ts';
import { commandSubject, heartbeatSubject } from '../../src/domain/subjects.ts';
import type { WorkEngine } from '../../src/ports/work-engine.ts';
import { publishedEvents } from '../adapters/nats/published-events.ts';
import { connectScriptedAgent } from '../adapters/nats/scripted-agent.ts';
import type { ScriptedAgent } from '../adapters/nats/scripted-agent.ts';
import { completed, openWorld, report } from '../adapters/postgres/open-world.ts';
import type { Attempt, World } from '../adapters/postgres/open-world.ts';
import { eventually } from '../support/eventually.ts';
import { startTestNats } from '../support/servers.ts';
import type { TestNats } from '../support/servers.ts';
import { RecordingEngine } from './recording-engine.ts';

const logger = pino({ level: 'silent' });
let world: World;
let server: TestNats;
let nats: NatsConnectionHandle;
let agent: ScriptedAgent;
let engine: RecordingEngine;
let bridges: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [world, server] = await Promise.all([openWorld(), startTestNats()]);
});
beforeEach(async () => {
  nats = await connectNats({ url: server.url, name: 'test', logger });
  agent = await connectScriptedAgent(server.url);
  engine = new RecordingEngine();
  await world.registerTarget({ limits: { agentsMax: 100 } });
});
afterEach(async () => {
  await Promise.all(bridges.map((stop) => stop()));
  bridges = [];
  await Promise.all([agent.close(), nats.close()]);
  await world.clear();
  // The next test's events begin at position 1 again.
  await server.kill9();
  server.loseDisk();
  await server.restart();
});
afterAll(async () => {
  await Promise.all([world.close(), server.stop()]);
});

async function startBridge(): Promise<() => Promise<void>> {
  const own = await connectNats({ url: server.url, name: 'bridge', logger });
  const abort = new AbortController();
  const { leases, sessions, work, events } = world.ledger;
  const registry = watchAgentRegistry(own, { defaultProjectId: 'default' });
  const running = createBridge({
    inbox: createAgentInbox(own),
    bus: createAgentBus(own),
    signals: createAgentSignals(own),
    idempotency: world.ledger.idempotency,
    leases,
    sessions,
    work,
    engine: engine as unknown as WorkEngine, // a bridge uses no more of it
    eventLedger: events,
    eventStream: createEventStream(own),
    targets: world.ledger.targets,
    announcements: createAnnouncements(own),
    registry,
    agents: world.ledger.agents,
    foreign: world.ledger.foreign,
    warp: createWarpAgents(own, { guid: coordinatorGuid('test'), projectId: 'default' }),
    logger,
    sweepIntervalMs: 100,
    reconcileIntervalMs: 60_000,
    registerTimeoutMs: 30_000,
    lostTimeoutMs: 1000,
  }).run(abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await running;
    await registry.close();
    await own.close();
  };
  bridges.push(stop);
  return stop;
}

function beat({ writer, taken }: Attempt): void {
  const heartbeat: Heartbeat = { guid: taken.agentGuid, projectId: 'default', state: 'working', workId: writer.workId, fence: taken.fence, idleForMs: 0 };
  agent.connection.publish(heartbeatSubject('default', taken.agentGuid), JSON.stringify(heartbeat));
}

test('an agent that finishes while no bridge runs is heard by the next one', async () => {
  const attempt = await world.work();
  const first = await startBridge();
  await agent.report(report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 10 }));
  await eventually(async () => {
    expect((await world.item(attempt.writer.workId)).progress).toBe(10);
  });
  await first();

  await agent.report(completed(attempt));
  await startBridge();

  await eventually(() => {
    expect(engine.completed).toMatchObject([{ token: Buffer.from(attempt.token).toString(), outcome: { kind: 'completed' } }]);
  });
});

test('a heartbeat keeps both the agent’s supervision and its item alive, and registers the agent', async () => {
  const writer = await world.queue();
  const taken = await world.take(writer, await world.grantTo(writer));
  if (taken.kind !== 'taken') throw new Error(taken.reason);
  const supervision = randomUUID();
  await world.ledger.sessions.recordSupervision(taken.agentGuid, Buffer.from(supervision));
  const { assignment, token } = await world.lease(writer, { taken });
  await startBridge();

  await eventually(() => {
    beat({ writer, taken, token, runToken: assignment.runToken } as Attempt);
    expect(new Set(engine.heartbeats)).toEqual(new Set([supervision, Buffer.from(token).toString()]));
  });
  expect(await world.sessionState(taken.agentGuid)).toBe('busy');
});

test('an agent that reports under a fence that is over is told so, and stops', async () => {
  const attempt = await world.work();
  await world.ledger.transitions.settle(attempt.writer, { fence: attempt.taken.fence, outcome: { kind: 'cancelled', reason: '' } });
  const told: unknown[] = [];
  agent.connection.subscribe(commandSubject('default', attempt.taken.agentGuid, 'settled'), {
    callback: (_error, message) => {
      told.push(message.json());
      message.respond(JSON.stringify({ accepted: true, state: 'free', idleForMs: 0 }));
    },
  });
  await startBridge();

  await agent.report(completed(attempt));

  await eventually(() => {
    expect(told).toEqual([{ name: 'settled', workId: attempt.writer.workId, fence: attempt.taken.fence }]);
  });
});

test('two bridges share the work: each report counts once, each event is published once', async () => {
  const attempts = [await world.work(), await world.work(), await world.work(), await world.work()];
  await Promise.all([startBridge(), startBridge()]);

  await Promise.all(
    attempts.flatMap((attempt) => [agent.report(report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 50 })), agent.report(completed(attempt))]),
  );

  await eventually(() => {
    expect(engine.completed.map(({ token }) => token).sort()).toEqual(attempts.map(({ token }) => Buffer.from(token).toString()).sort());
  });
  await eventually(async () => {
    // A report of progress may be taken after the final one, and is recorded too.
    const [{ count } = { count: 0 }] = await world.query<{ count: number }>('select count(*)::int from events');
    expect((await publishedEvents(nats)).map(({ position }) => position)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });
});

test('a report that could not be taken while Temporal was away is taken when it is back', async () => {
  const attempt = await world.work();
  engine.away = true;
  await startBridge();
  await agent.report(completed(attempt));
  await eventually(async () => {
    expect(await createAgentBus(nats).bridgeStatus(1000)).toMatchObject({ reportsPending: 1 });
  });

  engine.away = false;

  await eventually(async () => {
    expect(engine.completed).toHaveLength(1);
    expect(await createAgentBus(nats).bridgeStatus(1000)).toMatchObject({ reportsPending: 0 });
  });
});

test('a bridge says since when it listens, and nobody answers when none runs', async () => {
  const bus = createAgentBus(nats);
  const stop = await startBridge();

  const status = await eventually(async () => {
    const answer = await bus.bridgeStatus(1000);
    expect(answer?.connectedForMs).toBeGreaterThan(0);
    return answer;
  });
  await stop();

  expect(status).toMatchObject({ reportsPending: 0 });
  expect(await bus.bridgeStatus(1000)).toBeNull();
});
