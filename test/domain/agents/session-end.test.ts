import { expect, test } from '@jest/globals';
import { causeWithHost, toEndedAttempt } from '../../../src/domain/agents/session-end.ts';
import { AttemptFailure } from '../../../src/domain/work/outcome.ts';

test.each([
  ['spin-up-failed', 'spin-up'],
  ['start-refused', 'capacity'],
  ['lost', 'lost'],
  ['left', 'lost'],
  ['stopped', 'interrupted'],
  ['terminated-by-operator', 'interrupted'],
  ['host-gone', 'interrupted'],
] as const)('the end of a session, %s, fails the attempt as %s', (cause, failureClass) => {
  expect(toEndedAttempt(cause, 'why')).toEqual({ kind: 'failed', failureClass, message: 'why', reportedByAgent: false });
});

test('a long message is cut to what an attempt may hold', () => {
  expect(AttemptFailure.safeParse(toEndedAttempt('lost', 'x'.repeat(100_000))).success).toBe(true);
});

test.each([
  [null, 'host-gone'],
  ['lost', 'host-gone'],
  ['left', 'left'],
  ['spin-up-failed', 'spin-up-failed'],
  ['stopped', 'stopped'],
] as const)('an agent that had ended before as %s and whose host is declared gone has ended as %s', (before, cause) => {
  expect(causeWithHost(before)).toBe(cause);
});
