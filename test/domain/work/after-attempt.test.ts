import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterAttempt, settleByMs, withFailure } from '../../../src/domain/work/after-attempt.ts';
import type { AttemptHistory, EarlierFailure } from '../../../src/domain/work/after-attempt.ts';
import { FailureClass, WorkOutcome } from '../../../src/domain/work/outcome.ts';
import type { AttemptFailure } from '../../../src/domain/work/outcome.ts';
import { WorkLimits } from '../../../src/domain/work/work-item.ts';

const NOW_MS = 1_000_000;
const limits = WorkLimits.parse({});

function failure(failureClass: FailureClass, message = 'it broke'): AttemptFailure {
  return { kind: 'failed', failureClass, message, reportedByAgent: false };
}

function history(differs: Partial<AttemptHistory> = {}): AttemptHistory {
  return { attempts: 1, ofClass: 1, earlier: [], acceptedAtMs: NOW_MS, deadlineMs: null, ...differs };
}

const COUNTED = FailureClass.options.filter((one) => !['fatal', 'capacity', 'interrupted'].includes(one));
const anyFailure: fc.Arbitrary<EarlierFailure> = fc.record({
  failureClass: fc.constantFrom(...FailureClass.options),
  message: fc.string({ maxLength: 16_384, size: 'max' }),
});

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
    ['capacity', 1, 5000],
    ['capacity', 3, 20_000],
    ['capacity', 99, 300_000],
    ['interrupted', 19, 500],
  ])('of class %s, the %dth, another one follows after %d ms at most', (failureClass, attempts, delayMs) => {
    const rules = { limits: { ...limits, attemptsMax: 20 }, nowMs: NOW_MS, random: 0 };

    expect(afterAttempt(failure(failureClass), history({ attempts, ofClass: attempts }), rules)).toEqual({ kind: 'retry', delayMs });
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

  test.each(COUNTED)('of class %s, none follows once all attempts are spent', (failureClass) => {
    expect(afterAttempt(failure(failureClass), history({ attempts: 3 }), { limits, nowMs: NOW_MS, random: 0 })).toEqual({
      kind: 'settle',
      outcome: { kind: 'dead-lettered', failureClass, reason: `all 3 attempts failed; the last one (${failureClass}): it broke` },
    });
  });

  test.each(['interrupted', 'capacity'] as const)(
    'of class %s, another one follows though all counted attempts are spent, but not for ever',
    (failureClass) => {
      const rules = { limits, nowMs: NOW_MS, random: 0 };

      expect(afterAttempt(failure(failureClass), history({ attempts: 3, ofClass: 99 }), rules).kind).toBe('retry');
      expect(afterAttempt(failure(failureClass), history({ attempts: 0, ofClass: 100 }), rules)).toMatchObject({
        outcome: { reason: `100 attempts ended like the last one, as many as may (${failureClass}): it broke`, failureClass },
      });
    },
  );

  test('the project’s own rule holds for its class, and for no other', () => {
    const rules = { limits, own: { timeout: { attemptsMax: 1 }, lost: { firstMs: 40_000 } }, nowMs: NOW_MS, random: 0 };

    expect(afterAttempt(failure('timeout'), history(), rules)).toMatchObject({ kind: 'settle', outcome: { failureClass: 'timeout' } });
    expect(afterAttempt(failure('lost'), history(), rules)).toEqual({ kind: 'retry', delayMs: 40_000 });
    expect(afterAttempt(failure('idle'), history(), rules)).toEqual({ kind: 'retry', delayMs: 500 });
  });

  test('a project may not allow more attempts than the item', () => {
    const rules = { limits, own: { lost: { attemptsMax: 1000 } }, nowMs: NOW_MS, random: 0 };

    expect(afterAttempt(failure('lost'), history({ attempts: 3, ofClass: 3 }), rules)).toMatchObject({ kind: 'settle' });
  });

  test('the dead letter names every failure', () => {
    const earlier = [
      { failureClass: 'spin-up', message: 'no such program' },
      { failureClass: 'lost', message: 'silent' },
    ] as const;

    expect(afterAttempt(failure('idle'), history({ attempts: 3, earlier }), { limits, nowMs: NOW_MS, random: 0 })).toMatchObject({
      outcome: { reason: 'all 3 attempts failed; the last one (idle): it broke · before it (spin-up): no such program; (lost): silent' },
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
      ofClass: fc.integer({ min: 1, max: 120 }),
      earlier: fc.array(anyFailure, { maxLength: 25 }).map((all) => all.reduce(withFailure, [])),
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
          expect(!COUNTED.includes(failureClass) || counts.attempts < attemptsMax).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('an item that only ever fails is settled after a bounded number of steps', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...FailureClass.options), { minLength: 230, maxLength: 230 }), (classes) => {
        let [attempts, steps] = [0, 0];
        const counts = new Map<FailureClass, number>();
        const settled = classes.some((failureClass) => {
          steps += 1;
          const ofClass = (counts.get(failureClass) ?? 0) + 1;
          counts.set(failureClass, ofClass);
          if (COUNTED.includes(failureClass)) attempts += 1;
          return afterAttempt(failure(failureClass), history({ attempts, ofClass }), { limits, nowMs: NOW_MS, random: 0 }).kind === 'settle';
        });

        expect(settled).toBe(true);
        expect(steps).toBeLessThanOrEqual(limits.attemptsMax + 200);
      }),
      { numRuns: 50 },
    );
  });
});

describe('withFailure', () => {
  test('keeps the last twenty, the oldest first, and tells a repetition once', () => {
    const messages = Array.from({ length: 25 }, (_, n) => String(n));

    const kept = messages.reduce<readonly EarlierFailure[]>(
      (all, message) => withFailure(withFailure(all, failure('lost', message)), failure('lost', message)),
      [],
    );

    expect(kept.map(({ message }) => message)).toEqual(messages.slice(5));
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
