import { expect, test } from '@jest/globals';
import { median, toRow, toTable } from '../../../scripts/bench/row.ts';

const about = { id: 'x', what: 'one against the other', unit: 'ms' };

test.each([
  { numbers: [3, 1, 2], expected: 2 },
  { numbers: [4, 1, 2, 3], expected: 2.5 },
  { numbers: [7], expected: 7 },
])('the median of $numbers is $expected', ({ numbers, expected }) => {
  expect(median(numbers)).toBe(expected);
});

test('a row has the medians of its rounds, and the ratio of halves that were measured together', () => {
  const pairs = [
    { ours: 60, floor: 100 },
    { ours: 20, floor: 25 },
    { ours: 70, floor: 100 },
  ];

  expect(toRow({ ...about, goal: { kind: 'ratio-at-least', limit: 0.6 } }, pairs)).toEqual({
    ...about,
    ours: 60,
    floor: 100,
    ratio: 0.7,
    goal: 'ratio >= 0.6',
    ok: true,
    rounds: 3,
    spread: 0.2857,
  });
});

test.each([
  { goal: { kind: 'ratio-at-least', limit: 0.7 }, ours: 70, floor: 100, ok: true },
  { goal: { kind: 'ratio-at-least', limit: 0.7 }, ours: 69, floor: 100, ok: false },
  { goal: { kind: 'ratio-below', limit: 3 }, ours: 2.9, floor: 1, ok: true },
  { goal: { kind: 'ratio-below', limit: 3 }, ours: 3, floor: 1, ok: false },
  { goal: { kind: 'ratio-at-most', limit: 3 }, ours: 3, floor: 1, ok: true },
  { goal: { kind: 'ratio-at-most', limit: 3 }, ours: Infinity, floor: 1, ok: false },
  { goal: { kind: 'ratio-within', limit: 0.25 }, ours: 75, floor: 100, ok: true },
  { goal: { kind: 'ratio-within', limit: 0.25 }, ours: 126, floor: 100, ok: false },
  { goal: { kind: 'at-most', limit: 20 }, ours: 20, floor: 15, ok: true },
  { goal: { kind: 'at-most', limit: 20 }, ours: 21, floor: 15, ok: false },
  { goal: { kind: 'difference-below', limit: 5 }, ours: 10, floor: 6, ok: true },
  { goal: { kind: 'difference-below', limit: 5 }, ours: 11, floor: 6, ok: false },
] as const)('$goal.kind $goal.limit with ours $ours and floor $floor: $ok', ({ goal, ours, floor, ok }) => {
  expect(toRow({ ...about, goal }, [{ ours, floor }]).ok).toBe(ok);
});

test('the table says which goal was missed', () => {
  const row = toRow({ ...about, goal: { kind: 'ratio-below', limit: 3 } }, [{ ours: 8, floor: 2 }]);

  expect(toTable([row]).split('\n')[1]).toMatch(/^x +8 +2 +ms +4\.00 +ratio < 3 +NO +0 % +one against the other$/);
});
