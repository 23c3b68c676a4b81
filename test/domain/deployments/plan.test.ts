import { describe, expect, test } from '@jest/globals';
import type { TargetFacts } from '../../../src/domain/deployments/choose-target.ts';
import { plan } from '../../../src/domain/deployments/plan.ts';
import type { PlanFacts, ReplicaEnd, ReplicaFacts, Wanted } from '../../../src/domain/deployments/plan.ts';

const NOW_MS = 1_000_000;
const LONG_AGO_MS = NOW_MS - 500_000;
const BACKOFF = { initialMs: 1000, maxMs: 10_000, factor: 2, resetAfterMs: 60_000 };
const HERE = { id: 'here', startable: true, room: 100 };
const THERE = { id: 'there', startable: true, room: 100 };

function wanted(over: Partial<Wanted> = {}): Wanted {
  return { desired: 3, revision: 1, paused: false, held: null, placement: 'spread', restartPolicy: 'always', backoff: BACKOFF, ...over };
}

function replica(index: number, over: Partial<ReplicaFacts> = {}): ReplicaFacts {
  const state = over.state ?? 'ready';
  const common = {
    revision: 1,
    targetId: 'here',
    onListedTarget: true,
    onDrainedTarget: false,
    working: false,
    failures: 0,
    notBeforeMs: null,
    finished: false,
    end: null,
  };
  return { index, ...common, readySinceMs: state === 'ready' ? LONG_AGO_MS : null, ...over, state };
}

function ended(index: number, end: Partial<ReplicaEnd>, over: Partial<ReplicaFacts> = {}): ReplicaFacts {
  return replica(index, { state: 'ended', end: { how: 'failed', atMs: NOW_MS, readyForMs: 0, ...end }, ...over });
}

function planFor(replicas: readonly ReplicaFacts[], over: Partial<Omit<PlanFacts, 'wanted'>> & { wanted?: Partial<Wanted>; nowMs?: number } = {}) {
  const { wanted: wish, nowMs = NOW_MS, targets = [HERE] } = over;
  const { actions, ...rest } = plan({ wanted: wanted(wish), replicas, targets }, nowMs);
  const of = (kind: (typeof actions)[number]['kind']) => actions.filter((action) => action.kind === kind);
  return { ...rest, actions, of, starts: of('start').map(({ index }) => index), stops: of('stop').map(({ index }) => index) };
}

const placesOf = (actions: readonly object[]) => actions.map((action) => ('targetId' in action ? action.targetId : null));

describe('a deployment', () => {
  test('starts all that is missing at once', () => {
    expect(planFor([]).starts).toEqual([0, 1, 2]);
    expect(planFor([replica(1)]).starts).toEqual([0, 2]);
    expect(planFor([replica(0), replica(1), replica(2)]).actions).toEqual([]);
  });

  test.each(['waiting', 'starting', 'ready', 'stopping'] as const)('starts nothing for an index whose agent is %s', (state) => {
    expect(planFor([replica(0, { state }), replica(1), replica(2)]).starts).toEqual([]);
  });

  test('starts and replaces nothing while it is paused, and stops what is too much all the same', () => {
    const { starts, stops } = planFor([replica(0), replica(2), replica(3)], { wanted: { paused: true, revision: 2 } });

    expect({ starts, stops }).toEqual({ starts: [], stops: [3] });
  });

  test.each(['project-paused', 'everything-paused'] as const)('starts and replaces nothing while it is held up (%s), and takes back what waits', (held) => {
    const { starts, of } = planFor([replica(0), replica(1, { state: 'waiting' }), replica(2, { state: 'none', notBeforeMs: NOW_MS + 1 })], {
      wanted: { held, revision: 2 },
    });

    expect(starts).toEqual([]);
    expect(of('stop')).toEqual([{ kind: 'stop', index: 1, reason: expect.stringMatching(/is paused$/u) }]);
    expect(planFor([replica(0, { state: 'none', notBeforeMs: NOW_MS + 1 })], { wanted: { held, desired: 1 } }).lookAgainAtMs).toBeNull();
  });

  test('lets go who has no work item while its project is drained, and nobody else', () => {
    const { starts, stops } = planFor([replica(0), replica(1, { working: true }), replica(2, { state: 'starting' }), replica(3, { state: 'none' })], {
      wanted: { held: 'project-draining', desired: 4 },
    });

    expect({ starts, stops }).toEqual({ starts: [], stops: [0, 2] });
  });

  test('lets go who has no work item on a target that is drained, once', () => {
    const drained = { onDrainedTarget: true, revision: 1 };
    const { stops } = planFor([replica(0, drained), replica(1, { ...drained, working: true }), replica(2, { ...drained, state: 'stopping' })], {
      wanted: { revision: 2 },
    });

    expect(stops).toEqual([0]);
  });

  test('stops everything when nothing is wanted, and forgets what is gone', () => {
    const drained = planFor([replica(0), replica(1, { state: 'waiting' }), replica(2, { state: 'stopping' }), replica(3, { state: 'none' })], {
      wanted: { desired: 0 },
    });

    expect(drained.stops).toEqual([0, 1]);
    expect(drained.of('forget')).toEqual([{ kind: 'forget', index: 3 }]);
  });
});

describe('an agent that ended', () => {
  test.each<[ReplicaEnd['how'], number]>([
    ['asked', 0],
    ['interrupted', 0],
    ['no-room', 1000],
    ['exited', 1000],
    ['failed', 1000],
  ])('%s is followed by another after %i ms', (how, delayMs) => {
    const replicas = [ended(0, { how }), replica(1), replica(2)];
    const now = planFor(replicas);
    const later = planFor([replica(0, { state: 'none', notBeforeMs: NOW_MS + delayMs }), replica(1), replica(2)], { nowMs: NOW_MS + delayMs });

    expect(now.starts).toEqual(delayMs === 0 ? [0] : []);
    expect(now.lookAgainAtMs).toBe(delayMs === 0 ? null : NOW_MS + delayMs);
    expect(later.starts).toEqual([0]);
  });

  test('waits longer each time that it fails in a row, up to the most', () => {
    const delays = [0, 1, 2, 3, 4, 50].map((failures) => {
      const [settled] = planFor([ended(0, {}, { failures }), replica(1), replica(2)]).of('settle');
      return settled?.kind === 'settle' && settled.notBeforeMs !== null ? settled.notBeforeMs - NOW_MS : null;
    });

    expect(delays).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  test('fails for the first time again when it had been ready for long', () => {
    expect(planFor([ended(0, { readyForMs: BACKOFF.resetAfterMs }, { failures: 7 }), replica(1), replica(2)]).of('settle')).toEqual([
      { kind: 'settle', index: 0, failures: 1, notBeforeMs: NOW_MS + 1000, finished: false },
    ]);
  });

  test('has no failures behind it once it has been ready for long', () => {
    const soon = NOW_MS - BACKOFF.resetAfterMs + 5;

    expect(planFor([replica(0, { failures: 4 }), replica(1), replica(2)]).of('forgive')).toEqual([{ kind: 'forgive', index: 0 }]);
    const early = planFor([replica(0, { failures: 4, readySinceMs: soon }), replica(1), replica(2)]);
    expect(early.of('forgive')).toEqual([]);
    expect(early.lookAgainAtMs).toBe(NOW_MS + 5);
  });

  test.each<[Wanted['restartPolicy'], ReplicaEnd['how'], boolean]>([
    ['always', 'exited', false],
    ['always', 'failed', false],
    ['on-failure', 'exited', true],
    ['on-failure', 'failed', false],
    ['on-failure', 'interrupted', false],
    ['never', 'exited', true],
    ['never', 'failed', true],
    ['never', 'interrupted', false],
    ['never', 'no-room', false],
    ['never', 'asked', false],
  ])('under the policy %s, when it %s, is the last one: %s', (restartPolicy, how, finished) => {
    const replicas = [ended(0, { how }), replica(1), replica(2)];

    expect(planFor(replicas, { wanted: { restartPolicy } }).of('settle')).toEqual([expect.objectContaining({ finished })]);
    const next = planFor([replica(0, { state: 'none', finished }), replica(1), replica(2)], { wanted: { restartPolicy } });
    expect(next.starts).toEqual(finished ? [] : [0]);
  });
});

describe('a new revision', () => {
  const all = (over: Partial<ReplicaFacts> = {}): readonly ReplicaFacts[] => [0, 1, 2].map((index) => replica(index, over));
  const newer = { wanted: { revision: 2 } };

  test('replaces one replica at a time', () => {
    expect(planFor(all(), newer).stops).toEqual([0]);
    expect(planFor([replica(0, { state: 'stopping' }), replica(1), replica(2)], newer).stops).toEqual([]);
    expect(planFor([replica(0, { state: 'starting', revision: 2 }), replica(1), replica(2)], newer).stops).toEqual([]);
    expect(planFor([replica(0, { revision: 2 }), replica(1), replica(2)], newer).stops).toEqual([1]);
  });

  test('goes on only when the new one has been ready for a moment', () => {
    const fresh = planFor([replica(0, { revision: 2, readySinceMs: NOW_MS - 10 }), replica(1), replica(2)], newer);

    expect(fresh.stops).toEqual([]);
    expect(fresh.lookAgainAtMs).toBe(NOW_MS - 10 + BACKOFF.initialMs);
  });

  test('comes at once where the old one was not ready, whatever it had to wait for', () => {
    expect(planFor([replica(0, { state: 'starting' }), replica(1, { state: 'waiting' }), replica(2)], newer).stops).toEqual([0, 1]);
    const late = replica(0, { state: 'none', notBeforeMs: NOW_MS + 99_999, failures: 9 });
    const done = replica(1, { state: 'none', finished: true });
    expect(planFor([late, done, replica(2)], newer).of('start')).toEqual([
      { kind: 'start', index: 0, targetId: 'here', fresh: true },
      { kind: 'start', index: 1, targetId: 'here', fresh: true },
    ]);
  });

  test('replaces nothing while there is nowhere to start', () => {
    expect(planFor(all(), { ...newer, targets: [{ ...HERE, startable: false }] }).stops).toEqual([]);
  });

  test('is not needed to leave a target that is no longer named', () => {
    expect(planFor([replica(0), replica(1, { onListedTarget: false }), replica(2)]).stops).toEqual([1]);
  });
});

describe('the place of a start', () => {
  const startsOn = (targets: readonly TargetFacts[], over: Partial<Wanted> = {}, replicas: readonly ReplicaFacts[] = []) =>
    placesOf(planFor(replicas, { targets, wanted: over }).of('start'));

  test('is spread over the targets, the first one first', () => {
    expect(startsOn([HERE, THERE])).toEqual(['here', 'there', 'here']);
    expect(startsOn([HERE, THERE], {}, [replica(0), replica(1)])).toEqual(['there']);
  });

  test('is the first target with room when they are in order', () => {
    expect(startsOn([{ ...HERE, room: 2 }, THERE], { placement: 'in-order' })).toEqual(['here', 'here', 'there']);
  });

  test('is another one than that on which it ended last', () => {
    expect(startsOn([HERE, THERE], { placement: 'in-order' }, [replica(0, { state: 'none' }), replica(1), replica(2)])).toEqual(['there']);
  });

  test('is a full target when there is no other, where it waits', () => {
    expect(startsOn([{ ...HERE, room: 0 }], { desired: 1 })).toEqual(['here']);
  });

  test('is nowhere while every target is off', () => {
    const { starts, unplaced } = planFor([], { targets: [{ ...HERE, startable: false }] });

    expect({ starts, unplaced }).toEqual({ starts: [], unplaced: 3 });
  });
});
