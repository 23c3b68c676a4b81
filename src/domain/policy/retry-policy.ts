import { z } from 'zod';
import { FailureClass } from '../work/outcome.ts';
import { retryRuleOf } from '../work/retry-rules.ts';
import type { OwnRetryRules } from '../work/retry-rules.ts';

const DAY_MS = 86_400_000;
// Less would be a loop of starts and ends.
const DELAY_MS_MIN = 100;

const DelayMs = z.int().min(DELAY_MS_MIN).max(DAY_MS);

const RetryRule = z
  .object({
    attemptsMax: z.int().min(1).max(1000).meta({
      description: 'So many attempts of an item may end with this class. The item’s own `attemptsMax` holds as well, but for `capacity` and `interrupted`.',
    }),
    firstMs: DelayMs.meta({ description: 'Before the second attempt.' }),
    factor: z.number().min(1).max(10).meta({ description: 'By which the delay grows with each attempt.' }),
    mostMs: DelayMs.meta({ description: 'The longest delay; the real one is shorter by up to a quarter, at random.' }),
  })
  .meta({ id: 'RetryRule' });

const OwnRetryRule = z
  .strictObject({
    attemptsMax: RetryRule.shape.attemptsMax.exactOptional(),
    firstMs: RetryRule.shape.firstMs.exactOptional(),
    factor: RetryRule.shape.factor.exactOptional(),
    mostMs: RetryRule.shape.mostMs.exactOptional(),
  })
  .refine(({ firstMs, mostMs }) => firstMs === undefined || mostMs === undefined || firstMs <= mostMs, {
    path: ['firstMs'],
    message: 'must not be above mostMs',
  })
  .meta({ id: 'OwnRetryRule' });

const RetriedClass = FailureClass.exclude(['fatal']);

/** What follows a failed attempt, by the class of its failure. */
export const RetryPolicy = z.record(RetriedClass, RetryRule).meta({ id: 'RetryPolicy' });
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** What a project says of it itself. A class that is none is refused: nobody would notice that it holds for nothing. */
export const OwnRetryPolicy = z.partialRecord(RetriedClass, OwnRetryRule).meta({ id: 'OwnRetryPolicy' });
export type OwnRetryPolicy = z.infer<typeof OwnRetryPolicy>;

/** What holds: a project's own words over the defaults. */
export function effectiveRetryPolicy(own: OwnRetryRules | undefined): RetryPolicy {
  const rules = RetriedClass.options.map((failureClass) => [failureClass, retryRuleOf(failureClass, own)]);
  return Object.fromEntries(rules) as RetryPolicy; // one for each class
}
