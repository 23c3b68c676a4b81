import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CompleteAsyncError } from '@temporalio/activity';
import { createAttemptActivities } from '../../activities/attempt.ts';
import type { Assignment } from '../../src/domain/agents/commands.ts';
import type { ForeignLedger } from '../../src/ports/ledger/foreign-ledger.ts';
import type { LeaseLedger, LeaseToWrite, WriteLeaseResult } from '../../src/ports/ledger/lease-ledger.ts';
import type { Writer } from '../../src/ports/ledger/transition-ledger.ts';
import type { SessionLedger } from '../../src/ports/ledger/session-ledger.ts';
import type { WarpAgents } from '../../src/ports/warp-agents.ts';
import type { WorkEngine } from '../../src/ports/work-engine.ts';
import { activityEnvironment, fakeBus, port, reply } from './activity-world.ts';
import type { FakeBus } from './activity-world.ts';

const workId = randomUUID();
const guid = randomUUID();
const INPUT = { workId, projectId: 'default', fence: 3, awaitNo: 1, agentGuid: guid, idleTimeoutMs: 60_000 };

const assignment: Assignment = {
  workId,
  projectId: 'default',
  guid,
  fence: 3,
  runToken: 'token',
  attempt: 1,
  taskId: 'task',
  capability: 'test',
  boundary: 'personal',
  description: 'what to do',
};

/** Every agent is one that we have started. */
const NO_FOREIGN = {
  foreign: port<ForeignLedger>({ findHolder: async () => null }),
  warp: port<WarpAgents>({}),
  sessions: port<SessionLedger>({}),
  engine: port<WorkEngine>({}),
  registerTimeoutMs: 5000,
  lostTimeoutMs: 30_000,
};

/** A ledger of leases that answers so. */
function leasesThat(
  result: WriteLeaseResult,
  known: { readonly reportParked?: boolean; readonly questionPending?: boolean } = {},
): LeaseLedger & { readonly written: (Writer & LeaseToWrite)[]; readonly delivered: string[] } {
  const written: (Writer & LeaseToWrite)[] = [];
  const delivered: string[] = [];
  const asked = port<LeaseLedger>({
    writeLease: async (writer, lease) => {
      written.push({ ...writer, ...lease });
      return result;
    },
    hasParkedReport: async () => known.reportParked ?? false,
    hasQuestion: async () => known.questionPending ?? false,
    recordDelivered: async (_workId, questionId) => {
      delivered.push(questionId);
    },
  });
  return Object.assign(asked, { written, delivered });
}

interface Awaited {
  readonly result: unknown;
  readonly beats: number;
}

async function awaitAgent(leases: LeaseLedger, bus: FakeBus, questionId?: string): Promise<Awaited> {
  const environment = activityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => {
    beats += 1;
  });
  const activities = createAttemptActivities({ leases, bus, ...NO_FOREIGN });
  const result: unknown = await environment
    .run(activities.awaitAgent, { ...INPUT, ...(questionId === undefined ? {} : { questionId }) })
    .catch((error: unknown) => error);
  return { result, beats };
}

describe('awaiting an agent', () => {
  test('writes the lease with its own run and token, and stays open when the agent has taken the assignment', async () => {
    const leases = leasesThat({ kind: 'written', assignment });
    const bus = fakeBus([reply()]);

    const { result, beats } = await awaitAgent(leases, bus);

    expect(result).toBeInstanceOf(CompleteAsyncError);
    expect(beats).toBe(0);
    expect(leases.written).toEqual([expect.objectContaining({ workId, fence: 3, awaitNo: 1, agentGuid: guid, taskToken: expect.any(Uint8Array) })]);
    expect(leases.written[0]?.runId).not.toBe('');
    expect(bus.commands).toEqual([{ guid, command: { name: 'assign', assignment } }]);
  });

  test('offers the assignment again, and beats, while the agent starts or NATS is away', async () => {
    const bus = fakeBus([{ kind: 'nobody' }, { kind: 'unreachable' }, { kind: 'no-answer' }, reply()]);

    const { result, beats } = await awaitAgent(leasesThat({ kind: 'written', assignment }), bus);

    expect(result).toBeInstanceOf(CompleteAsyncError);
    expect(bus.commands).toHaveLength(4);
    expect(beats).toBe(3);
  });

  test('is refused when the agent does not take it', async () => {
    const { result } = await awaitAgent(leasesThat({ kind: 'written', assignment }), fakeBus([reply({ accepted: false, reason: 'busy' })]));

    expect(result).toEqual({ kind: 'refused', reason: 'the agent did not take it: busy' });
  });

  test.each<[string, WriteLeaseResult, unknown]>([
    ['is refused with the lease', { kind: 'refused', reason: 'an older fence' }, { kind: 'refused', reason: 'an older fence' }],
    [
      'has failed with a session that ended before',
      { kind: 'session-ended', cause: 'spin-up-failed', message: 'no fork' },
      { kind: 'failed', failureClass: 'spin-up', message: 'no fork', reportedByAgent: false },
    ],
    [
      'takes a report that was parked',
      {
        kind: 'parked',
        report: {
          kind: 'completed',
          workId,
          projectId: 'default',
          guid,
          fence: 3,
          seq: 2,
          runToken: 'token',
          sentAt: '2026-01-01T00:00:00.000Z',
          result: { completedAt: '2026-01-01T00:00:00.000Z' },
        },
      },
      { kind: 'completed', result: { completedAt: '2026-01-01T00:00:00.000Z' } },
    ],
    ['is told of a question', { kind: 'asked', questionId: '3-2', waitMs: 5000 }, { kind: 'asked', questionId: '3-2', waitMs: 5000 }],
    [
      'has failed with a question that nobody answered',
      { kind: 'unanswered', message: 'nobody answered' },
      { kind: 'failed', failureClass: 'timeout', message: 'nobody answered', reportedByAgent: false },
    ],
  ])('%s, and says nothing to the agent', async (_, lease, outcome) => {
    const bus = fakeBus([reply()]);

    const { result } = await awaitAgent(leasesThat(lease), bus);

    expect(result).toEqual(outcome);
    expect(bus.commands).toEqual([]);
  });

  test('stays open for a question, and leaves the agent alone', async () => {
    const bus = fakeBus([reply()]);
    const leases = leasesThat({ kind: 'waits-for-answer' });

    const { result } = await awaitAgent(leases, bus, '3-2');

    expect(result).toBeInstanceOf(CompleteAsyncError);
    expect(leases.written).toEqual([expect.objectContaining({ questionId: '3-2' })]);
    expect(bus.commands).toEqual([]);
  });

  test('tells the agent its answer again and again, until it has taken it', async () => {
    const unwritten = reply({ accepted: false, reason: 'the answer could not be written: ENOSPC' });
    const bus = fakeBus([reply(), { kind: 'unreachable' }, { kind: 'no-answer' }, unwritten, reply()]);
    const leases = leasesThat({ kind: 'written', assignment, undelivered: { questionId: '3-2', answer: 'yes' } });

    const { result } = await awaitAgent(leases, bus);

    expect(result).toBeInstanceOf(CompleteAsyncError);
    expect(bus.commands).toHaveLength(5);
    expect(bus.commands.at(-1)).toEqual({ guid, command: { name: 'answer', workId, fence: 3, questionId: '3-2', answer: 'yes' } });
    expect(leases.delivered).toEqual(['3-2']);
  });

  test('stops offering when it is cancelled', async () => {
    const environment = activityEnvironment();
    const bus = fakeBus([{ kind: 'nobody' }]);
    environment.on('heartbeat', () => {
      environment.cancel('CANCELLED');
    });
    const { awaitAgent: activity } = createAttemptActivities({ leases: leasesThat({ kind: 'written', assignment }), bus, ...NO_FOREIGN });

    await expect(environment.run(activity, INPUT)).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(bus.commands).toHaveLength(1);
  });
});

describe('judging a silent harness', () => {
  const unwritten: WriteLeaseResult = { kind: 'refused', reason: 'not asked' };

  function judge(bus: FakeBus, known: Parameters<typeof leasesThat>[1] = {}): Promise<unknown> {
    const { judgeHarness } = createAttemptActivities({ leases: leasesThat(unwritten, known), bus, ...NO_FOREIGN });
    return activityEnvironment().run(judgeHarness, INPUT);
  }

  test('believes the word of an agent that works on this fence', async () => {
    const working = { state: 'working', workId, fence: 3 } as const;

    expect(await judge(fakeBus([reply({ ...working, idleForMs: 60_000 })]))).toMatchObject({ kind: 'idle' });
    expect(await judge(fakeBus([reply({ ...working, idleForMs: 59_999 })]))).toMatchObject({ kind: 'await-again' });
  });

  test('offers the assignment again when the agent is at something else', async () => {
    expect(await judge(fakeBus([reply({ state: 'working', workId, fence: 4, idleForMs: 0 })]))).toMatchObject({ kind: 'await-again' });
    expect(await judge(fakeBus([reply({ state: 'working', workId: randomUUID(), fence: 3, idleForMs: 0 })]))).toMatchObject({ kind: 'await-again' });
  });

  test('waits for a report that is parked or on its way', async () => {
    expect(await judge(fakeBus([{ kind: 'nobody' }]), { reportParked: true })).toMatchObject({ kind: 'await-again' });
  });

  test('waits for a person whom the agent has asked', async () => {
    const silent = reply({ state: 'working', workId, fence: 3, idleForMs: 120_000 });

    expect(await judge(fakeBus([silent]), { questionPending: true })).toMatchObject({ kind: 'await-again' });
    expect(await judge(fakeBus([{ kind: 'nobody' }], { connectedForMs: 60_000, reportsPending: 1 }))).toMatchObject({ kind: 'await-again' });
    expect(await judge(fakeBus([reply({ state: 'finished-unsettled', workId, fence: 3 })]))).toMatchObject({ kind: 'await-again' });
  });

  test('takes the silence for its own while no bridge answers', async () => {
    expect(await judge(fakeBus([{ kind: 'nobody' }], null))).toMatchObject({ kind: 'await-again' });
    expect(await judge(fakeBus([{ kind: 'nobody' }]))).toMatchObject({ kind: 'lost' });
  });
});
