import { expect, test } from '@jest/globals';
import type { FinalReport } from '../../../src/domain/agents/report.ts';
import { toAttemptOutcome } from '../../../src/domain/work/to-attempt-outcome.ts';

const common = {
  workId: '7f1d4f1e-64a0-4c39-a3f4-6d6d2f0c9a01',
  projectId: 'p',
  guid: 'agent-1',
  fence: 3,
  seq: 2,
  runToken: 'token',
  sentAt: '2026-01-01T00:00:00.000Z',
};

test('a completed report completes the attempt with its summary, and leaves what is bulky to the ledger', () => {
  const kept = { summary: 'done', completedAt: '2026-01-01T00:00:00.000Z' };
  const result = { ...kept, output: { tail: 'x'.repeat(16_384) }, artifacts: ['report.html'] };

  expect(toAttemptOutcome({ ...common, kind: 'completed', result })).toEqual({ kind: 'completed', result: kept });
});

test.each([
  { recoverable: true, interrupted: false, failureClass: 'recoverable' },
  { recoverable: false, interrupted: false, failureClass: 'fatal' },
  { recoverable: true, interrupted: true, failureClass: 'interrupted' },
  { recoverable: false, interrupted: true, failureClass: 'interrupted' },
])('a failure with recoverable $recoverable and interrupted $interrupted is of the class $failureClass', ({ recoverable, interrupted, failureClass }) => {
  const report: FinalReport = { ...common, kind: 'failed', message: 'broken', recoverable, interrupted };

  expect(toAttemptOutcome(report)).toEqual({ kind: 'failed', failureClass, message: 'broken', reportedByAgent: true });
});

test('the code of a failure is kept', () => {
  const report: FinalReport = { ...common, kind: 'failed', message: 'broken', code: 'HARNESS_EXIT', recoverable: true, interrupted: false };

  expect(toAttemptOutcome(report)).toMatchObject({ code: 'HARNESS_EXIT' });
});
