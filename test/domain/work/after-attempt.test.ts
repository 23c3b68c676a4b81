import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterAttempt, settleByMs } from '../../../src/domain/work/after-attempt.ts';
import type { AttemptHistory } from '../../../src/domain/work/after-attempt.ts';
import { FailureClass, WorkOutcome } from '../../../src/domain/work/outcome.ts';
import type { AttemptFailure } from '../../../src/domain/work/outcome.ts';
import { WorkLimits } from '../../../src/domain/work/work-item.ts';

const NOW_MS = 1_000_000;
const limits = WorkLimits.parse({});

function failure(failureClass: FailureClass, message = 'it broke'): AttemptFailure {
  return { kind: 'failed', failureClass, message, reportedByAgent: false };
}

function history(differs: Partial<AttemptHistory> = {}): AttemptHistory {
  return { attempts: 1, interruptions: 0, acceptedAtMs: NOW_MS, deadlineMs: null, ...differs };
}

describe('after a failed attempt', () => {
  test.each<[FailureClass, number, number]>([
    ['recoverable', 1, 1000],
    ['recoverable', 2, 3000],
    ['recoverable', 19, 60_000],
    ['spin-up', 1, 2000],
    ['spin-up', 2, 6000],
    ['spin-up', 19, 120_000],
    ['lost', 1, 500],
    ['lost', 2, 1000],
    ['lost', 19, 30_000],
    ['idle', 3, 2000],
    ['timeout', 2, 2000],
    ['timeout', 19, 30_000],
    ['interrupted', 1, 500],
    ['interrupted', 19, 500],
  ])('of class %s, the %dth, another one follows after %d ms at most', (failureClass, attempts, delayMs) => {
    const rules = { limits: { ...limits, attemptsMax: 20 }, nowMs: NOW_MS, random: 0 };

    expect(afterAttempt(failure(failureClass), history({ attempts }), rules)).toEqual({ kind: 'retry', delayMs });
  });

  test('the delay is shortened at random by a quarter at most', () => {
    const delayOf = (random: number): unknown => afterAttempt(failure('recoverable'), history(), { limits, nowMs: NOW_MS, random });

    expect(delayOf(0.5)).toEqual({ kind: 'retry', delayMs: 875 });
    expect(delayOf(0.999_999)).toEqual({ kind: 'retry', delayMs: 750 });
  });

  test('that the agent calls fatal, none follows', () => {
    expect(afterAttempt(failure('fatal', 'no such repository'), history(), { limits, nowMs: NOW_MS, random: 0 })).toEqual({
      kind: 'settle',
      outcome: { kind: 'dead-lettered', failureClass: 'fatal', reason: 'the agent reported a failure that is not recoverable: no such repository' },
    });
  });

  test.each(FailureClass.options.filter((one) => one !== 'fatal' && one !== 'interrupted'))(
    'of class %s, none follows once all attempts are spent',
    (failureClass) => {
      expect(afterAttempt(failure(failureClass), history({ attempts: 3 }), { limits, nowMs: NOW_MS, random: 0 })).toEqual({
        kind: 'settle',
        outcome: { kind: 'dead-lettered', failureClass, reason: `all 3 attempts failed; the last one (${failureClass}): it broke` },
      });
    },
  );

  test('that we interrupted ourselves, another one follows though all counted attempts are spent, but not for ever', () => {
    const rules = { limits, nowMs: NOW_MS, random: 0 };

    expect(afterAttempt(failure('interrupted'), history({ attempts: 3, interruptions: 99 }), rules).kind).toBe('retry');
    expect(afterAttempt(failure('interrupted'), history({ attempts: 0, interruptions: 100 }), rules)).toMatchObject({
      outcome: { reason: 'interrupted 100 times: it broke', failureClass: 'interrupted' },
    });
  });

  test.each<[string, Partial<AttemptHistory>, number]>([
    ['its deadline', { deadlineMs: NOW_MS + 1000 }, limits.totalTimeoutMs],
    ['its total limit', {}, 1000],
  ])('that would begin only at %s, none follows', (_, differs, totalTimeoutMs) => {
    const rules = { limits: { ...limits, totalTimeoutMs }, nowMs: NOW_MS, random: 0 };

    expect(afterAttempt(failure('recoverable'), history(differs), rules)).toMatchObject({
      kind: 'settle',
      outcome: { kind: 'dead-lettered', reason: 'no time is left for another attempt; the last one (recoverable): it broke' },
    });
  });

  test('whatever it was, another one begins before the end, or the item settles with a reason that can be stored', () => {
    const anyCase = fc.record({
      failureClass: fc.constantFrom(...FailureClass.options),
      message: fc.string({ maxLength: 16_384, size: 'max' }),
      attempts: fc.integer({ min: 0, max: 25 }),
      interruptions: fc.integer({ min: 0, max: 120 }),
      attemptsMax: fc.integer({ min: 1, max: 20 }),
      totalTimeoutMs: fc.integer({ min: 1000, max: 1_000_000 }),
      deadlineInMs: fc.option(fc.integer({ min: -10_000, max: 1_000_000 })),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });

    fc.assert(
      fc.property(anyCase, ({ failureClass, message, attemptsMax, totalTimeoutMs, deadlineInMs, random, ...counts }) => {
        const past = history({ ...counts, deadlineMs: deadlineInMs === null ? null : NOW_MS + deadlineInMs });
        const rules = { limits: { ...limits, attemptsMax, totalTimeoutMs }, nowMs: NOW_MS, random };

        const next = afterAttempt(failure(failureClass, message), past, rules);

        if (next.kind === 'settle') {
          expect(WorkOutcome.safeParse(next.outcome).success).toBe(true);
        } else {
          expect(Number.isInteger(next.delayMs) && next.delayMs > 0).toBe(true);
          expect(NOW_MS + next.delayMs).toBeLessThan(settleByMs(past, rules.limits));
          expect(failureClass === 'interrupted' || counts.attempts < attemptsMax).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('an item that only ever fails is settled after a bounded number of steps', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...FailureClass.options), { minLength: 130, maxLength: 130 }), (classes) => {
        let [attempts, interruptions, steps] = [0, 0, 0];
        const settled = classes.some((failureClass) => {
          steps += 1;
          if (failureClass === 'interrupted') interruptions += 1;
          else attempts += 1;
          return afterAttempt(failure(failureClass), history({ attempts, interruptions }), { limits, nowMs: NOW_MS, random: 0 }).kind === 'settle';
        });

        expect(settled).toBe(true);
        expect(steps).toBeLessThanOrEqual(limits.attemptsMax + 100);
      }),
      { numRuns: 50 },
    );
  });
});

describe('settleByMs', () => {
  test.each([
    ['the deadline when it is sooner', 5000, 10_000, 6000, 6000],
    ['acceptance plus total limit when that is sooner', 5000, 1000, 60_000, 6000],
    ['acceptance plus total limit without a deadline', 5000, 1000, null, 6000],
  ])('is %s', (...[, acceptedAtMs, totalTimeoutMs, deadlineMs, expected]) => {
    expect(settleByMs({ acceptedAtMs, deadlineMs }, { ...limits, totalTimeoutMs })).toBe(expected);
  });
});
