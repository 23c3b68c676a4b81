import { describe, expect, test } from '@jest/globals';
import { judgeRetry, whyNotRetried } from '../../../src/domain/work/batch-retry.ts';
import { WorkPhase } from '../../../src/domain/work/work-item.ts';
import { toWorkStatus } from '../../../src/domain/work/to-work-status.ts';

const NOW_MS = Date.parse('2026-08-01T00:00:00Z');
const LATER = '2026-08-01T00:00:01Z';

const failed = (deadlineMs: number | null) => ({ phase: 'dead-lettered', status: 'failed', deadlineMs }) as const;

describe('judgeRetry', () => {
  test.each([
    ['without a deadline', null, undefined, 'retriable'],
    ['before its deadline', NOW_MS + 1, undefined, 'retriable'],
    ['at its deadline', NOW_MS, undefined, 'deadline-passed'],
    ['past its deadline with a new one', NOW_MS - 1, LATER, 'retriable'],
    ['past its deadline with none from now on', NOW_MS - 1, null, 'retriable'],
    ['given a deadline that has passed itself', null, '2026-07-31T23:59:59Z', 'deadline-passed'],
  ] as const)('of a failed item %s', (...[, deadlineMs, deadline, verdict]) => {
    expect(judgeRetry(failed(deadlineMs), { deadline, nowMs: NOW_MS })).toBe(verdict);
  });

  test.each(WorkPhase.options.filter((phase) => phase !== 'dead-lettered'))('leaves an item alone that is %s, whatever its deadline', (phase) => {
    expect(judgeRetry({ phase, status: toWorkStatus(phase), deadlineMs: 0 }, { deadline: undefined, nowMs: NOW_MS })).toBe('not-failed');
  });
});

test('whyNotRetried names the item, its state and what to do', () => {
  const item = { id: 'an-id', status: 'pending', phase: 'waiting' } as const;

  expect(whyNotRetried('retriable', item)).toBeUndefined();
  expect(whyNotRetried('not-failed', item)).toContain('an-id is in pending state (waiting)');
  expect(whyNotRetried('deadline-passed', item)).toContain('give a new one');
});
