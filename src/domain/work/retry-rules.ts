import type { DeadLetterClass, FailureClass } from './outcome.ts';

// Without schemas: workflows call it (decision 0013). The words in which a project says its own rules are in `policy/retry-policy.ts`.

/** How attempts of one failure class are followed by others: after `firstMs * factor^(n-1)`, at most `mostMs`, jittered downwards by at most a quarter. */
export interface RetryRule {
  /** So many attempts of an item may end with this class; the last of them is not followed by another. */
  readonly attemptsMax: number;
  readonly firstMs: number;
  readonly factor: number;
  readonly mostMs: number;
}

/** A fatal failure is followed by nothing. */
export type RetriedClass = Exclude<FailureClass, 'fatal'>;

/** What a project says itself; the rest is the default. */
export type OwnRetryRules = Readonly<Partial<Record<RetriedClass, Partial<RetryRule>>>>;

// The item's own limit of attempts is never above 20, so that it alone counts unless a project says less.
const AS_THE_ITEM_SAYS = 20;

// A lost or idle agent says nothing about the next one, so those start soon; a target that could not start one needs time.
export const DEFAULT_RETRY_RULES: Readonly<Record<RetriedClass, RetryRule>> = {
  recoverable: { attemptsMax: AS_THE_ITEM_SAYS, firstMs: 1000, factor: 3, mostMs: 60_000 },
  'spin-up': { attemptsMax: AS_THE_ITEM_SAYS, firstMs: 2000, factor: 3, mostMs: 120_000 },
  lost: { attemptsMax: AS_THE_ITEM_SAYS, firstMs: 500, factor: 2, mostMs: 30_000 },
  idle: { attemptsMax: AS_THE_ITEM_SAYS, firstMs: 500, factor: 2, mostMs: 30_000 },
  timeout: { attemptsMax: AS_THE_ITEM_SAYS, firstMs: 1000, factor: 2, mostMs: 30_000 },
  // Not the item's fault, and not counted among its attempts; but even they are bounded, in number here and in time by the item's limits.
  capacity: { attemptsMax: 100, firstMs: 5000, factor: 2, mostMs: 300_000 },
  interrupted: { attemptsMax: 100, firstMs: 500, factor: 1, mostMs: 500 },
};

/** Whether an attempt that ended so is one of those that the item's own limit allows. */
export function isCounted(failureClass: DeadLetterClass): boolean {
  return failureClass !== 'interrupted' && failureClass !== 'capacity';
}

/** What holds for a class: a project's own words over the default, with the first delay never above the longest. */
export function retryRuleOf(failureClass: RetriedClass, own: OwnRetryRules = {}): RetryRule {
  const { attemptsMax, firstMs, factor, mostMs } = DEFAULT_RETRY_RULES[failureClass];
  const said = own[failureClass] ?? {};
  const longestMs = said.mostMs ?? Math.max(mostMs, said.firstMs ?? 0);
  return {
    attemptsMax: said.attemptsMax ?? attemptsMax,
    firstMs: Math.min(said.firstMs ?? firstMs, longestMs),
    factor: said.factor ?? factor,
    mostMs: longestMs,
  };
}

/** The delay after the `nth` failure that it counts; `random` is in [0, 1). */
export function backoffMs(rule: RetryRule, nth: number, random: number): number {
  const fullMs = Math.min(rule.mostMs, rule.firstMs * rule.factor ** (nth - 1));
  return Math.round(fullMs * (1 - random / 4));
}
