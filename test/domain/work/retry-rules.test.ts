import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { effectiveRetryPolicy, OwnRetryPolicy, RetryPolicy } from '../../../src/domain/policy/retry-policy.ts';
import { backoffMs, DEFAULT_RETRY_RULES, retryRuleOf } from '../../../src/domain/work/retry-rules.ts';
import type { OwnRetryRules, RetriedClass } from '../../../src/domain/work/retry-rules.ts';

const CLASSES = Object.keys(DEFAULT_RETRY_RULES) as RetriedClass[];
const anyClass = fc.constantFrom(...CLASSES);
const delayMs = fc.integer({ min: 100, max: 86_400_000 });
const anyOwnRule = fc.record(
  { attemptsMax: fc.integer({ min: 1, max: 1000 }), firstMs: delayMs, factor: fc.double({ min: 1, max: 10, noNaN: true }), mostMs: delayMs },
  { requiredKeys: [] },
);
/** Whatever a project may say. */
const anyOwn: fc.Arbitrary<OwnRetryRules> = fc.dictionary(anyClass, anyOwnRule).filter((own) => OwnRetryPolicy.safeParse(own).success);
const anyRule = fc.tuple(anyClass, anyOwn).map(([failureClass, own]) => retryRuleOf(failureClass, own));
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the delay before another attempt', () => {
  test('is between three quarters of the first and all of the longest delay', () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: 1, max: 1000 }), anyRandom, (rule, nth, random) => {
        const ms = backoffMs(rule, nth, random);

        expect(Number.isInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(Math.floor(rule.firstMs * 0.75));
        expect(ms).toBeLessThanOrEqual(rule.mostMs);
      }),
    );
  });

  test('grows with each attempt up to the longest, and stays there', () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: 1, max: 999 }), (rule, nth) => {
        const [ms, next] = [backoffMs(rule, nth, 0), backoffMs(rule, nth + 1, 0)];

        expect(next).toBeGreaterThanOrEqual(ms);
        if (ms === rule.mostMs) expect(next).toBe(ms);
        else expect(next).toBeGreaterThanOrEqual(Math.min(rule.mostMs, Math.floor(ms * rule.factor)) - rule.factor);
      }),
    );
  });

  test('is only ever shortened at random, by a quarter at most', () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: 1, max: 1000 }), anyRandom, (rule, nth, random) => {
        const full = backoffMs(rule, nth, 0);

        expect(backoffMs(rule, nth, random)).toBeLessThanOrEqual(full);
        expect(backoffMs(rule, nth, random)).toBeGreaterThanOrEqual(Math.floor(full * 0.75));
      }),
    );
  });
});

describe('what holds for a project', () => {
  test('is a valid policy, whatever it says itself, with its own words where they fit together', () => {
    fc.assert(
      fc.property(anyOwn, (own) => {
        const policy = effectiveRetryPolicy(own);

        expect(RetryPolicy.parse(policy)).toEqual(policy);
        for (const failureClass of CLASSES) {
          const rule = policy[failureClass];
          expect(rule).toMatchObject(own[failureClass] ?? {});
          expect(rule.firstMs).toBeLessThanOrEqual(rule.mostMs);
        }
      }),
    );
  });

  test('is the default for all that it does not say', () => {
    expect(effectiveRetryPolicy(undefined)).toEqual(DEFAULT_RETRY_RULES);
    expect(retryRuleOf('lost', { lost: { firstMs: 100_000 } })).toEqual({ ...DEFAULT_RETRY_RULES.lost, firstMs: 100_000, mostMs: 100_000 });
    expect(retryRuleOf('spin-up', { 'spin-up': { mostMs: 1000 } })).toEqual({ ...DEFAULT_RETRY_RULES['spin-up'], firstMs: 1000, mostMs: 1000 });
  });

  test.each<[string, object]>([
    ['a class that is none', { 'out-of-luck': {} }],
    ['a fatal failure', { fatal: { attemptsMax: 2 } }],
    ['no attempt at all', { lost: { attemptsMax: 0 } }],
    ['a word that is none', { lost: { first: 1000 } }],
    ['a first delay above the longest', { lost: { firstMs: 2000, mostMs: 1000 } }],
    ['no delay', { lost: { firstMs: 0 } }],
    ['a delay that shrinks', { lost: { factor: 0.5 } }],
    ['a delay of more than a day', { lost: { mostMs: 86_400_001 } }],
  ])('cannot be said of %s', (_what, own) => {
    expect(OwnRetryPolicy.safeParse(own).success).toBe(false);
  });
});
