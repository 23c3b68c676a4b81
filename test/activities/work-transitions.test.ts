import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createWorkTransitions } from '../../activities/work-transitions.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { RunDescription } from '../../src/domain/work/judge-holder.ts';
import type { SessionLedger } from '../../src/ports/ledger/session-ledger.ts';
import type { Aftermath, TransitionLedger } from '../../src/ports/ledger/transition-ledger.ts';
import type { WorkEngine } from '../../src/ports/work-engine.ts';
import { activityEnvironment, fakeBus, port } from './activity-world.ts';
import type { FakeBus } from './activity-world.ts';

const workId = randomUUID();
const guid = randomUUID();
// The run in which the environment lets its activities run.
const RUN_ID = '00000000-0000-0000-0000-000000000000';
const nothingLeft: Aftermath = { workId, projectId: 'default', stopSession: null, settledAgent: null };

interface World {
  readonly transitions: ReturnType<typeof createWorkTransitions>;
  readonly bus: FakeBus;
  /** What the engine was told, in order. */
  readonly told: readonly unknown[];
}

function createWorld(ledger: Partial<TransitionLedger>, run: RunDescription = { kind: 'unknown' }): World {
  const told: unknown[] = [];
  const bus = fakeBus([{ kind: 'nobody' }]);
  const engine = port<WorkEngine>({
    describe: async () => run,
    wakeCoordinator: async () => {
      told.push('wakeCoordinator');
      return 'heard';
    },
    stopSession: async (...args) => {
      told.push(['stopSession', ...args]);
      return 'told';
    },
  });
  const clocks = { registerTimeoutMs: 5000, lostTimeoutMs: 30_000 };
  const deps = {
    transitions: port<TransitionLedger>(ledger),
    sessions: port<SessionLedger>({}),
    engine,
    bus,
    warp: { reject: () => Promise.resolve() },
    logger: pino({ level: 'silent' }),
    ...clocks,
  };
  return { transitions: createWorkTransitions(deps), bus, told };
}

/** A ledger whose row belongs to another run until somebody takes over. */
function takenByAnother(): { readonly ledger: Partial<TransitionLedger>; readonly tried: boolean[] } {
  const tried: boolean[] = [];
  const admit: TransitionLedger['admit'] = async (_, takeOver) => {
    tried.push(takeOver);
    if (!takeOver) throw new WeftError('STALE_RUN', 'another run owns it');
    return { result: { kind: 'already-settled' }, aftermath: { ...nothingLeft, stopSession: guid } };
  };
  return { ledger: { admit }, tried };
}

describe('admitting an item whose row belongs to another run', () => {
  test('takes it over when Temporal calls this run the current one, and stops what the other run held', async () => {
    const { ledger, tried } = takenByAnother();
    const { transitions, told } = createWorld(ledger, { kind: 'running', runId: RUN_ID });

    await activityEnvironment().run(transitions.admitWork, { workId });

    expect(tried).toEqual([false, true]);
    expect(told).toEqual([['stopSession', guid, 'the work item was taken over by another run']]);
  });

  test.each<[string, RunDescription]>([
    ['another run is the current one', { kind: 'running', runId: randomUUID() }],
    ['this run was ended', { kind: 'closed', runId: RUN_ID, status: 'TERMINATED' }],
    ['Temporal knows none', { kind: 'unknown' }],
  ])('is refused when %s', async (_, run) => {
    const { ledger, tried } = takenByAnother();
    const { transitions, told } = createWorld(ledger, run);

    await expect(activityEnvironment().run(transitions.admitWork, { workId })).rejects.toMatchObject({ code: 'STALE_RUN' });
    expect([tried, told]).toEqual([[false], []]);
  });
});

describe('settling an item', () => {
  const end = { workId, fence: 3, outcome: { kind: 'cancelled', reason: 'why' } } as const;

  test('asks the session of an agent that still works on it to stop, and lets the coordinator look', async () => {
    const { transitions, told, bus } = createWorld({ settle: async () => ({ ...nothingLeft, stopSession: guid }) });

    await activityEnvironment().run(transitions.settleWork, end);

    expect(told).toEqual([['stopSession', guid, 'the work item is cancelled'], 'wakeCoordinator']);
    expect(bus.commands).toEqual([]);
  });

  test('tells an agent that reported its end itself that it is settled', async () => {
    const { transitions, told, bus } = createWorld({ settle: async () => ({ ...nothingLeft, settledAgent: { guid, fence: 3 } }) });

    await activityEnvironment().run(transitions.settleWork, end);

    expect(told).toEqual(['wakeCoordinator']);
    expect(bus.commands).toEqual([{ guid, command: { name: 'settled', workId, fence: 3 } }]);
  });
});
