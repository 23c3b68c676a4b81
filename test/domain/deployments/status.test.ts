import { describe, expect, test } from '@jest/globals';
import { conditionsOf, statusOf } from '../../../src/domain/deployments/status.ts';
import type { StatusFacts } from '../../../src/domain/deployments/status.ts';

type Replica = StatusFacts['replicas'][number];

function replicas(...given: readonly Partial<Replica>[]): readonly Replica[] {
  const plain = { state: 'ready', revision: 1, onListedTarget: true, failures: 0, finished: false, restarts: 0 } as const;
  return given.map((over, index) => ({ index, ...plain, ...over }));
}

function facts(over: Partial<StatusFacts> = {}): StatusFacts {
  return { desired: 2, revision: 1, paused: false, draining: false, held: null, placeable: true, replicas: replicas({}, {}), ...over };
}

describe('the phase of a deployment', () => {
  test.each<[string, Partial<StatusFacts>]>([
    ['available', {}],
    ['available', { desired: 0, replicas: [] }],
    ['available', { replicas: replicas({}, { state: 'none', finished: true }) }],
    ['finished', { replicas: replicas({ state: 'none', finished: true }, { state: 'none', finished: true }) }],
    ['progressing', { replicas: replicas({}, { state: 'starting' }) }],
    ['progressing', { revision: 2 }],
    ['degraded', { replicas: replicas({}, { state: 'none', failures: 1 }) }],
    ['degraded', { replicas: replicas({}), placeable: false }],
    ['crash-looping', { replicas: replicas({}, { state: 'starting', failures: 3 }) }],
    ['paused', { paused: true, replicas: [] }],
    ['draining', { draining: true, paused: true, desired: 0 }],
    ['drained', { draining: true, desired: 0, replicas: [] }],
    ['paused', { held: 'project-paused' }],
    ['draining', { held: 'everything-draining' }],
    ['drained', { held: 'project-draining', replicas: replicas({ state: 'none' }) }],
  ])('is %s for %j', (phase, over) => {
    expect(statusOf(facts(over)).phase).toBe(phase);
  });
});

test('the counts of a deployment are those of its replicas', () => {
  const own = replicas({ restarts: 2 }, { revision: 2 }, { state: 'waiting', restarts: 1 }, { state: 'starting' }, { state: 'stopping' });

  expect(statusOf(facts({ desired: 4, revision: 2, replicas: own }))).toEqual({
    phase: 'progressing',
    desired: 4,
    ready: 2,
    starting: 2,
    draining: 1,
    updated: 1,
    restarts: 3,
  });
});

describe('the conditions of a deployment', () => {
  const earlier = '2026-01-01T00:00:00.000Z';
  const now = '2026-01-02T00:00:00.000Z';

  test('keep the moment of their last change while they say the same', () => {
    const before = conditionsOf(facts(), { before: [], unplaced: null, heldBecause: null, now: earlier });

    const after = conditionsOf(facts({ replicas: replicas({}) }), { before, unplaced: null, heldBecause: null, now });

    expect(after.map(({ type, status, lastTransitionAt }) => [type, status, lastTransitionAt])).toEqual([
      ['Available', 'False', now],
      ['Progressing', 'True', now],
      ['Placeable', 'True', earlier],
      ['CrashLooping', 'False', earlier],
      ['Paused', 'False', earlier],
      ['Held', 'False', earlier],
    ]);
  });

  test('say why there is no place, and who crashes', () => {
    const said = conditionsOf(facts({ replicas: replicas({}, { state: 'none', failures: 5 }) }), {
      before: [],
      unplaced: 'The target is disabled.',
      heldBecause: null,
      now,
    });

    expect(said).toContainEqual(expect.objectContaining({ type: 'Placeable', status: 'False', message: 'The target is disabled.' }));
    expect(said).toContainEqual(expect.objectContaining({ type: 'CrashLooping', status: 'True', message: 'Replicas 1 fail again and again.' }));
  });

  test('say who holds it up, and why', () => {
    const said = conditionsOf(facts({ held: 'project-paused' }), { before: [], unplaced: null, heldBecause: 'by ann (a release)', now });

    expect(said).toContainEqual({
      type: 'Held',
      status: 'True',
      reason: 'ProjectPaused',
      message: 'Its project is paused by ann (a release): what runs stays, and nothing is started until that is resumed.',
      lastTransitionAt: now,
    });
  });
});
