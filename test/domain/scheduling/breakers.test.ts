import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import { anySnapshot, entry, NOW_MS, snapshot, target } from './world.ts';

const OPEN = { state: 'open', cause: 'starts' } as const;
const UNHEALTHY = { state: 'open', cause: 'health' } as const;
const HALF_OPEN = { state: 'half-open', cause: 'starts', startsUnderWay: 0 } as const;
const ON_TRIAL = { state: 'half-open', cause: 'starts', startsUnderWay: 1 } as const;

test('an open breaker lets no start through, a half-open one a single one at a time, whatever the queue and the pool', () => {
  fc.assert(
    fc.property(anySnapshot, (pool) => {
      const { grants, spinUps } = decide(pool, NOW_MS);
      for (const { id, breaker } of pool.targets) {
        if (breaker === undefined) continue;
        const forItems = grants.filter(({ choice }) => choice.kind === 'start' && choice.targetId === id);
        const askedFor = spinUps.filter((spinUp) => spinUp.kind === 'start' && spinUp.targetId === id);
        const allowed = breaker.state === 'half-open' && breaker.startsUnderWay === 0 ? 1 : 0;
        expect(forItems.length + askedFor.length).toBeLessThanOrEqual(allowed);
      }
    }),
    { numRuns: 300 },
  );
});

test('of a crowd, a half-open breaker lets the first through', () => {
  const queue = ['a', 'b', 'c'].map((workId) => entry({ workId }));

  const { grants, waiting } = decide(snapshot({ queue, targets: [target({ id: 't1', breaker: HALF_OPEN })] }), NOW_MS);

  expect(grants.map(({ workId }) => workId)).toEqual(['a']);
  expect(waiting.map(({ workId }) => workId)).toEqual(['b', 'c']);
});

test.each([
  ['an open breaker', OPEN, 'the breaker of every target for "build" is open: starts failed there'],
  ['a trial that is under way', ON_TRIAL, 'the breaker of every target for "build" is open: starts failed there'],
  ['a failed check', UNHEALTHY, 'every target for "build" is unhealthy'],
])('an item is told that it waits for %s', (_name, breaker, reason) => {
  const { waiting } = decide(snapshot({ queue: [entry({ workId: 'a' })], targets: [target({ id: 't1', breaker })] }), NOW_MS);

  expect(waiting).toEqual([{ workId: 'a', reason }]);
});

test.each([
  ['an unhealthy target', UNHEALTHY, 'the target "t1" is unhealthy'],
  ['an open breaker', OPEN, 'the breaker of the target "t1" is open: starts failed there'],
])('a spin-up that somebody asked for waits for %s', (_name, breaker, reason) => {
  const spinUps = [{ operationId: 'op', targetId: 't1', requestedAtMs: 0, timeoutAtMs: NOW_MS + 700 }];

  const decisions = decide(snapshot({ spinUps, targets: [target({ id: 't1', breaker })] }), NOW_MS);

  expect(decisions.spinUps).toEqual([{ kind: 'wait', operationId: 'op', reason, untilMs: NOW_MS + 700 }]);
});
