import { describe, expect, test } from '@jest/globals';
import { whyNotBefore, whyNoTimeLeft } from '../../../src/domain/work/check-times.ts';

const NOW_MS = Date.UTC(2030, 0, 1);
const at = (offsetMs: number) => new Date(NOW_MS + offsetMs).toISOString();

describe('time is left', () => {
  test.each([
    ['without a deadline', {}],
    ['without a deadline, however late it may start', { notBefore: at(1e9) }],
    ['until a deadline that is to come', { deadline: at(1) }],
    ['between an earliest start that has passed and the deadline', { notBefore: at(-5), deadline: at(1) }],
    ['between the earliest start and the deadline', { notBefore: at(1), deadline: at(2) }],
  ])('%s', (_when, times) => {
    expect(whyNoTimeLeft(times, NOW_MS)).toBeNull();
  });
});

describe('no time is left', () => {
  test.each([
    ['at the deadline', { deadline: at(0) }, 'has passed (it is 2030-01-01T00:00:00.000Z now)'],
    ['when the earliest start is the deadline', { notBefore: at(9), deadline: at(9) }, 'is not after notBefore'],
  ])('%s', (_when, times, why) => {
    expect(whyNoTimeLeft(times, NOW_MS)).toBe(why);
  });
});

test('an item waits until its time has come, and says for which', () => {
  expect([null, NOW_MS, NOW_MS - 1].map((notBeforeMs) => whyNotBefore(notBeforeMs, NOW_MS))).toEqual([null, null, null]);
  expect(whyNotBefore(NOW_MS + 1, NOW_MS)).toBe('waits until 2030-01-01T00:00:00.001Z');
});
