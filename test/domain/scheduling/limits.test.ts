import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import type { Decisions } from '../../../src/domain/scheduling/decide.ts';
import type { Snapshot } from '../../../src/domain/scheduling/snapshot.ts';
import { agent, anySnapshot, entry, NOW_MS, project, snapshot, target } from './world.ts';
import { limitsOf, mechanismOf } from './limits-of.ts';

function holds(check: (pool: Snapshot, decisions: Decisions) => void): void {
  fc.assert(
    fc.property(anySnapshot, (pool) => {
      check(pool, decide(pool, NOW_MS));
    }),
    { numRuns: 300 },
  );
}

describe('whatever the queue and the pool', () => {
  test('no grant goes beyond a limit of slots, of a mechanism, a capability or a submitter', () => {
    holds((pool, decisions) => {
      for (const grant of decisions.grants) {
        for (const { max, used } of limitsOf(pool, decisions, { ...itemOf(pool, grant.workId), mechanism: mechanismOf(pool, grant.choice) })) {
          expect(used).toBeLessThanOrEqual(max);
        }
      }
    });
  });

  test('no target starts more within a minute than it may, and none while it rests', () => {
    holds((pool, decisions) => {
      for (const one of pool.targets) {
        const forItems = decisions.grants.filter(({ choice }) => choice.kind === 'start' && choice.targetId === one.id).length;
        const askedFor = decisions.spinUps.filter((spinUp) => spinUp.kind === 'start' && spinUp.targetId === one.id).length;
        if (one.restsUntilMs !== undefined) expect(forItems + askedFor).toBe(0);
        if (one.startRate === undefined) continue;
        expect(forItems + askedFor).toBeLessThanOrEqual(Math.max(0, one.startRate.perMinuteMax - one.startRate.withinMinute));
      }
    });
  });

  test('what is chosen is the first of the candidates that were kept', () => {
    holds((_pool, decisions) => {
      for (const { choice, candidates } of decisions.grants) expect(candidates.find(({ kept }) => kept)?.choice).toEqual(choice);
    });
  });
});

describe('an item is told which limit it waits for', () => {
  const held = (slots: number): Snapshot['held'] => [{ projectId: 'p1', submitter: 'alice', capability: 'build', mechanism: 'local', slots, minutes: 0 }];
  const pool = { queue: [entry({ workId: 'a' })], targets: [target({ id: 't1' })], held: held(2) };

  test.each([
    [{ slotsMaxByCapability: { build: 2 } }, 'the project is at its limit of slots for the capability "build"'],
    [{ slotsMaxByCapability: { '*': 2 } }, 'the project is at its limit of slots for the capability "build"'],
    [{ slotsMaxBySubmitter: { alice: 2 } }, '"alice" is at the limit of slots in the project'],
    [{ slotsMaxBySubmitter: { '*': 1 } }, '"alice" is at the limit of slots in the project'],
    [{ slotsMaxByMechanism: { local: 2 } }, 'the project is at its limit of slots for the mechanisms that serve "build"'],
  ])('of the project: %j', (limits, reason) => {
    expect(decide(snapshot({ ...pool, projects: [project({ slotsHeld: 2, ...limits })] }), NOW_MS).waiting).toEqual([{ workId: 'a', reason }]);
  });

  test.each([
    { slotsMaxByCapability: { build: 3, '*': 0 } },
    { slotsMaxByCapability: { test: 0 } },
    { slotsMaxBySubmitter: { alice: 3, '*': 0 } },
    { slotsMaxByMechanism: { ssh: 0 } },
  ])('and none where its own is not reached: %j', (limits) => {
    expect(decide(snapshot({ ...pool, projects: [project({ slotsHeld: 2, ...limits })] }), NOW_MS).grants).toHaveLength(1);
  });

  test.each([
    [
      { startRate: { perMinuteMax: 2, withinMinute: 2, oldestMs: NOW_MS - 20_000 } },
      'every target for "build" has started as many agents as it may within a minute',
      NOW_MS + 40_000,
    ],
    [{ restsUntilMs: NOW_MS + 5000 }, 'every target for "build" rests after a failed start', NOW_MS + 5000],
  ])('of the target, which is looked at again when that is over: %j', (limit, reason, lookAgainAtMs) => {
    const decisions = decide(snapshot({ ...pool, targets: [target({ id: 't1', ...limit })] }), NOW_MS);

    expect(decisions).toMatchObject({ grants: [], waiting: [{ workId: 'a', reason }], lookAgainAtMs });
  });

  test('starts of the same round count too', () => {
    const targets = [target({ id: 't1', startRate: { perMinuteMax: 2, withinMinute: 0, oldestMs: null } })];
    const queue = ['a', 'b', 'c'].map((workId) => entry({ workId }));

    const decisions = decide(snapshot({ queue, targets }), NOW_MS);

    expect(decisions.grants).toHaveLength(2);
    expect(decisions.lookAgainAtMs).toBe(NOW_MS + 60_000);
  });

  test('a free agent is no start: no rest keeps it', () => {
    const agents = [agent({ guid: 'a1', mechanism: 'local' })];

    const { grants } = decide(snapshot({ ...pool, agents, targets: [target({ id: 't1', restsUntilMs: NOW_MS + 1 })] }), NOW_MS);

    expect(grants).toMatchObject([{ choice: { kind: 'agent', agentGuid: 'a1' } }]);
  });
});

function itemOf(pool: Snapshot, workId: string): Snapshot['queue'][number] {
  const item = pool.queue.find((one) => one.workId === workId);
  if (item === undefined) throw new Error(`${workId} was not in the queue`);
  return item;
}
