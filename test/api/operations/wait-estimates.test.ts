import { expect, test } from '@jest/globals';
import { createWaitEstimates } from '../../../api/operations/wait-estimates.ts';
import type { MedianWaits, WaitKind } from '../../../src/ports/ledger/routing-ledger.ts';

const KIND: WaitKind = { projectId: 'default', capability: 'build', boundary: 'personal' };
const WAITS: MedianWaits = { all: 3, agent: 0.04, start: 7.25 };

/** Estimates on a clock that the test moves, and how often the ledger was asked. */
function world(answer: () => Promise<MedianWaits> = async () => WAITS) {
  const asked: WaitKind[] = [];
  const clock = { nowMs: 0 };
  const medianWaits = (kind: WaitKind): Promise<MedianWaits> => {
    asked.push(kind);
    return answer();
  };
  return { asked, clock, estimate: createWaitEstimates({ medianWaits }, () => clock.nowMs) };
}

test.each([
  ['agent', 0],
  ['start', 7.3],
  ['full', 3],
  ['nothing', undefined],
] as const)('for the prospect %s the estimate is %p', async (prospect, seconds) => {
  expect(await world().estimate(KIND, prospect)).toBe(seconds);
});

test('without history there is no estimate', async () => {
  expect(await world(async () => ({ all: null, agent: null, start: null })).estimate(KIND, 'start')).toBeUndefined();
});

test('a burst asks once for each kind, and again after a while', async () => {
  const { asked, clock, estimate } = world();

  await Promise.all(Array.from({ length: 50 }, () => estimate(KIND, 'start')));
  await estimate({ ...KIND, boundary: 'corporate' }, 'start');
  expect(asked).toHaveLength(2);
  clock.nowMs = 5001;
  await estimate(KIND, 'start');

  expect(asked).toHaveLength(3);
});

test('kinds without end are not kept without end', async () => {
  const { asked, estimate } = world();
  for (let n = 0; n <= 1000; n++) await estimate({ ...KIND, capability: `c-${String(n)}` }, 'start');

  await estimate({ ...KIND, capability: 'c-1000' }, 'start');
  expect(asked).toHaveLength(1001);
  await estimate({ ...KIND, capability: 'c-0' }, 'start');
  expect(asked).toHaveLength(1002);
});

test('a failure is told, and not kept', async () => {
  let broken = true;
  const { estimate } = world(async () => {
    if (broken) throw new Error('away');
    return WAITS;
  });

  await expect(estimate(KIND, 'start')).rejects.toThrow('away');
  broken = false;

  expect(await estimate(KIND, 'start')).toBe(7.3);
});
