import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { createHostActivities } from '../../activities/host.ts';
import type { HostActivities } from '../../src/contract/activities.ts';
import { WeftError } from '../../src/domain/errors.ts';
import { RunnerConfig } from '../../src/domain/agents/launch.ts';
import type { Handle, Session } from '../../src/domain/agents/session.ts';
import type { ProbeResult } from '../../src/domain/targets/probe.ts';
import type { SessionLedger } from '../../src/ports/ledger/session-ledger.ts';
import type { CommandAnswer } from '../../src/ports/agent-bus.ts';
import type { WorkEngine } from '../../src/ports/work-engine.ts';
import type { Mechanism, StartRequest, StartResult, StopResult } from '../../src/ports/mechanism.ts';
import { activityEnvironment, fakeBus, port, reply } from './activity-world.ts';
import type { FakeBus } from './activity-world.ts';

const guid = randomUUID();
const handle: Handle = { mechanism: 'local', hostId: 'host', bootId: 'boot', pid: 42, startTicks: 7 };
const session: Session = {
  guid,
  projectId: 'default',
  targetId: randomUUID(),
  targetName: 'here',
  mechanism: 'local',
  hostId: 'host',
  agentType: 'claude-code',
  capabilities: ['test'],
  boundaries: ['personal'],
  task: 'serve',
  state: 'starting',
  workId: randomUUID(),
  fence: 5,
  handle,
  idleTimeoutMs: 1000,
  stopGraceMs: null,
};

interface Answers {
  readonly wanted?: boolean;
  readonly known?: boolean;
  readonly found?: ProbeResult;
  readonly start?: StartResult;
  readonly stop?: StopResult;
  readonly stopGraceMs?: number;
  readonly mechanisms?: Partial<Record<'local', Mechanism>>;
  /** The agent's, to each command. */
  readonly answer?: CommandAnswer;
}

interface World {
  readonly activities: HostActivities;
  readonly bus: FakeBus;
  /** What was done, in order. */
  readonly done: readonly string[];
  readonly starts: readonly StartRequest[];
}

function createWorld({
  wanted = true,
  known = true,
  found = { healthy: true },
  start = { kind: 'started', handle },
  stop = { kind: 'gone' },
  stopGraceMs,
  mechanisms,
  answer = { kind: 'nobody' },
}: Answers = {}): World {
  const done: string[] = [];
  const starts: StartRequest[] = [];
  const sessions = port<SessionLedger>({
    find: async () => (known ? { ...session, stopGraceMs: stopGraceMs ?? null } : null),
    findForSpinUp: async () => (wanted ? { session, config: { mechanism: 'local', local: { command: 'agent', args: [] } } } : null),
    recordHandle: async () => {
      done.push('recordHandle');
    },
    recordSupervision: async () => {
      done.push('recordSupervision');
      return known ? session : null;
    },
    recordRegistered: async () => {
      done.push('recordRegistered');
      return { targetRecovered: false };
    },
  });
  const local = port<Mechanism>({
    check: async () => found,
    start: async (request) => {
      done.push('start');
      starts.push(request);
      return start;
    },
    stop: async (request) => {
      done.push(`stop within ${String(request.graceMs)} ms`);
      return stop;
    },
  });
  const bus = fakeBus([answer]);
  const activities = createHostActivities({
    sessions,
    deployments: { ownerOf: async () => null },
    engine: port<WorkEngine>({}),
    bus,
    mechanisms: mechanisms ?? { local },
    runnerArgv: ['node', 'agent.mjs'],
    runnerEnv: { NATS_URL: 'nats://bus' },
    lostTimeoutMs: 30_000,
    stopGraceMs: 2000,
  });
  return { activities, bus, done, starts };
}

describe('starting an agent and staying open for it', () => {
  const input = { guid, projectId: 'default', registerTimeoutMs: 5000 };

  test('starts it, waits until it answers, and is completed from outside', async () => {
    const { activities, done } = createWorld({ answer: reply() });

    await expect(activityEnvironment().run(activities.startAgent, input)).rejects.toBeInstanceOf(CompleteAsyncError);
    expect(done).toEqual(['start', 'recordHandle', 'recordSupervision', 'recordRegistered']);
  });

  test('supervises nothing that is no longer wanted', async () => {
    const { activities, done } = createWorld({ wanted: false });

    await expect(activityEnvironment().run(activities.startAgent, input)).resolves.toBe('not-wanted');
    expect(done).toEqual([]);
  });

  test('tries a start that fails three times', async () => {
    let tries = 0;
    const local = port<Mechanism>({
      check: async () => {
        tries++;
        return { healthy: false, error: 'no such program' };
      },
    });
    const { activities, done } = createWorld({ mechanisms: { local } });

    await expect(activityEnvironment().run(activities.startAgent, input)).rejects.toMatchObject({ code: 'SPIN_UP_FAILED', message: 'no such program' });
    expect([tries, done]).toEqual([3, []]);
  });

  test('does not ask a second time a target that has no room', async () => {
    let tries = 0;
    const local = port<Mechanism>({
      check: async () => ({ healthy: true }),
      start: async () => {
        tries++;
        throw new WeftError('SPIN_UP_REFUSED', 'no room');
      },
    });
    const { activities } = createWorld({ mechanisms: { local } });

    await expect(activityEnvironment().run(activities.startAgent, input)).rejects.toMatchObject({ code: 'SPIN_UP_REFUSED' });
    expect(tries).toBe(1);
  });
});

describe('starting an agent', () => {
  test('starts the runner with what it needs, and keeps the handle', async () => {
    const { activities, done, starts } = createWorld();

    const result = await activityEnvironment().run(activities.spinUp, { guid });

    expect(result).toBe('started');
    expect(done).toEqual(['start', 'recordHandle']);
    expect(starts).toEqual([expect.objectContaining({ guid, fence: 5, argv: ['node', 'agent.mjs'] })]);
    expect(starts[0]?.env).toMatchObject({ NATS_URL: 'nats://bus' });
    expect(RunnerConfig.parse(JSON.parse(starts[0]?.env['WEFT_RUNNER_CONFIG'] ?? ''))).toMatchObject({ guid, harness: { command: 'agent' } });
  });

  test('starts nothing that is no longer wanted', async () => {
    const { activities, done } = createWorld({ wanted: false });

    await expect(activityEnvironment().run(activities.spinUp, { guid })).resolves.toBe('not-wanted');
    expect(done).toEqual([]);
  });

  test('fails as a start, without starting anything, where the target’s command cannot be run', async () => {
    const { activities, done } = createWorld({ found: { healthy: false, error: 'no such program' } });

    await expect(activityEnvironment().run(activities.spinUp, { guid })).rejects.toMatchObject({ code: 'SPIN_UP_FAILED', message: 'no such program' });
    expect(done).toEqual([]);
  });

  test('keeps no handle when the stop was there first', async () => {
    const { activities, done } = createWorld({ start: { kind: 'tombstoned' } });

    await expect(activityEnvironment().run(activities.spinUp, { guid })).resolves.toBe('not-wanted');
    expect(done).toEqual(['start']);
  });

  test('names the mechanism that this worker lacks', async () => {
    const { activities } = createWorld({ mechanisms: {} });

    await expect(activityEnvironment().run(activities.spinUp, { guid })).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
  });
});

describe('stopping an agent', () => {
  const input = { guid, projectId: 'default', reason: 'idle' };

  // What is left of a time depends on the clock, which stands still.
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('asks it politely first, then ends it by its handle', async () => {
    const { activities, bus, done } = createWorld();

    await activityEnvironment().run(activities.stopAgent, input);

    expect(bus.commands).toEqual([{ guid, command: { name: 'shutdown', reason: 'idle' } }]);
    expect(done).toEqual(['stop within 2000 ms']);
  });

  test('grants it the time that whoever asked has granted, and the runner a moment more', async () => {
    const { activities, bus, done } = createWorld({ stopGraceMs: 60_000 });

    await activityEnvironment().run(activities.stopAgent, input);

    expect(bus.commands).toEqual([{ guid, command: { name: 'shutdown', reason: 'idle', graceMs: 60_000 } }]);
    expect(done).toEqual(['stop within 62000 ms']);
  });

  test('tried again grants only what is left since it was first asked', async () => {
    const { activities, bus, done } = createWorld({ stopGraceMs: 60_000 });

    await activityEnvironment({ heartbeatDetails: Date.now() - 70_000 }).run(activities.stopAgent, input);

    expect(bus.commands).toMatchObject([{ command: { graceMs: 0 } }]);
    expect(done).toEqual(['stop within 0 ms']);
  });

  test('tells those who would try again when it was first asked', async () => {
    const environment = activityEnvironment();
    const told: unknown[] = [];
    environment.on('heartbeat', (details) => told.push(details));

    await environment.run(createWorld().activities.stopAgent, input);

    expect(told[0]).toBe(Date.now());
  });

  test('fails, to be tried again, while a process of it is alive', async () => {
    const { activities } = createWorld({ stop: { kind: 'alive', detail: 'pid 42' } });

    await expect(activityEnvironment().run(activities.stopAgent, input)).rejects.toMatchObject({ code: 'AGENT_NOT_GONE' });
  });

  test('has nothing to do for a session that nobody knows', async () => {
    const { activities, bus, done } = createWorld({ known: false });

    await activityEnvironment().run(activities.stopAgent, input);

    expect([bus.commands, done]).toEqual([[], []]);
  });
});
