import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { createSessionActivities, createSessionTransitions } from '../../activities/session.ts';
import type { SessionState } from '../../src/domain/agents/session.ts';
import type { LiveLease } from '../../src/ports/ledger/lease-ledger.ts';
import type { EndedLease, SessionLedger } from '../../src/ports/ledger/session-ledger.ts';
import type { WorkEngine } from '../../src/ports/work-engine.ts';
import { activityEnvironment, fakeBus, port, reply } from './activity-world.ts';
import type { FakeBus } from './activity-world.ts';

const guid = randomUUID();
const lease: LiveLease = {
  workId: randomUUID(),
  projectId: 'default',
  fence: 5,
  awaitNo: 1,
  agentGuid: guid,
  taskToken: Buffer.from('token'),
  idleTimeoutMs: 1000,
  questionId: null,
};

const NO_DEPLOYMENT = { ownerOf: async () => null };

interface Supervised {
  readonly result: unknown;
  readonly recorded: readonly string[];
}

async function supervise(bus: FakeBus, state: SessionState, { registerTimeoutMs = 5000, targetRecovered = false } = {}): Promise<Supervised> {
  const recorded: string[] = [];
  const sessions = port<SessionLedger>({
    recordSupervision: async () => {
      recorded.push('supervision');
      return { state, workId: 'item' };
    },
    recordRegistered: async () => {
      recorded.push('registered');
      return { targetRecovered };
    },
  });
  const engine = port<WorkEngine>({
    wakeCoordinator: async () => {
      recorded.push('woken');
      return 'heard';
    },
  });
  const { superviseAgent } = createSessionActivities({ sessions, bus, deployments: NO_DEPLOYMENT, engine });
  const input = { guid, projectId: 'default', registerTimeoutMs };
  const result: unknown = await activityEnvironment()
    .run(superviseAgent, input)
    .catch((error: unknown) => error);
  return { result, recorded };
}

describe('supervising an agent', () => {
  test('waits until it answers, records that, and stays open', async () => {
    const bus = fakeBus([{ kind: 'nobody' }, { kind: 'no-answer' }, reply()]);

    const { result, recorded } = await supervise(bus, 'starting');

    expect(result).toBeInstanceOf(CompleteAsyncError);
    expect(recorded).toEqual(['supervision', 'registered']);
    expect(bus.commands.map(({ command }) => command.name)).toEqual(['status', 'status', 'status']);
  });

  test('wakes who waits for its target when the target recovers by this start', async () => {
    const { recorded } = await supervise(fakeBus([reply()]), 'starting', { targetRecovered: true });

    expect(recorded).toEqual(['supervision', 'registered', 'woken']);
  });

  test('has failed as a start when it does not answer in time', async () => {
    const { result, recorded } = await supervise(fakeBus([{ kind: 'nobody' }]), 'starting', { registerTimeoutMs: 1 });

    expect(result).toMatchObject({ code: 'SPIN_UP_FAILED' });
    expect(recorded).toEqual(['supervision']);
  });

  test('waits for one whose command is only just starting', async () => {
    const { result, recorded } = await supervise(fakeBus([reply({ accepted: false, reason: 'starting' }), reply({ state: 'working' })]), 'starting');

    expect(result).toBeInstanceOf(CompleteAsyncError);
    expect(recorded).toEqual(['supervision', 'registered']);
  });

  test('has failed at once when the agent says that its command could not be started', async () => {
    const { result, recorded } = await supervise(fakeBus([reply({ accepted: false, reason: 'no such file' })]), 'starting');

    expect(result).toMatchObject({ code: 'SPIN_UP_FAILED', message: expect.stringContaining('no such file') });
    expect(recorded).toEqual(['supervision']);
  });

  test('of one that was registered before does not wait', async () => {
    const bus = fakeBus([{ kind: 'nobody' }]);

    const { result } = await supervise(bus, 'busy');

    expect(result).toBeInstanceOf(CompleteAsyncError);
    expect(bus.commands).toEqual([]);
  });
});

describe('the end of a session', () => {
  const end = { guid, cause: 'lost', message: 'the runner does not answer' } as const;

  test.each<[string, EndedLease | null, unknown[]]>([
    ['fails the attempt that its agent was at', lease, [[lease.taskToken, expect.objectContaining({ kind: 'failed', failureClass: 'lost' })]]],
    [
      'gives back an item that its agent, a free one before, never took',
      { ...lease, untouched: true },
      [[lease.taskToken, expect.objectContaining({ kind: 'refused' })]],
    ],
    ['fails nothing when its agent was free', null, []],
  ])('%s', async (_, held, completed) => {
    const seen: unknown[] = [];
    const engine = port<WorkEngine>({
      completeAttempt: async (...args) => {
        seen.push(args);
        return 'gone';
      },
    });
    const { endSession } = createSessionTransitions({
      sessions: port<SessionLedger>({ recordEnding: async () => held }),
      deployments: NO_DEPLOYMENT,
      engine,
      bus: fakeBus([]),
    });

    await activityEnvironment().run(endSession, end);

    expect(seen).toEqual(completed);
  });
});
