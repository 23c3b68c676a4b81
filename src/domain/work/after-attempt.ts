import type { AttemptFailure, WorkOutcome } from './outcome.ts';
import { backoffMs, isCounted, retryRuleOf } from './retry-rules.ts';
import type { OwnRetryRules } from './retry-rules.ts';
import type { WorkLimits } from './work-item.ts';

export interface AttemptHistory {
  /** Attempts so far, this one included, those that are not counted not. */
  readonly attempts: number;
  /** Attempts of this run that ended with the same class, this one included. */
  readonly ofClass: number;
  /** The failures before this one, the oldest first. */
  readonly earlier: readonly EarlierFailure[];
  readonly acceptedAtMs: number;
  readonly deadlineMs: number | null;
}

export type EarlierFailure = Pick<AttemptFailure, 'failureClass' | 'message'>;

export interface RetryContext {
  readonly limits: WorkLimits;
  /** What the item's project says itself. */
  readonly own?: OwnRetryRules | undefined;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export type NextStep = { readonly kind: 'retry'; readonly delayMs: number } | { readonly kind: 'settle'; readonly outcome: WorkOutcome };

// As much as an outcome holds.
const REASON_CHARS_MAX = 16_384;
const EARLIER_MAX = 20;
const EARLIER_CHARS_MAX = 256;

/**
 * What follows a failed attempt: another one after `delayMs`, or the dead letter with the reasons. The rule of the class bounds
 * how often and says when; the item's own limits bound attempts and time.
 */
export function afterAttempt(failure: AttemptFailure, history: AttemptHistory, { limits, own, nowMs, random }: RetryContext): NextStep {
  const { failureClass, message } = failure;
  if (failureClass === 'fatal') return deadLetter(failure, history, `the agent reported a failure that is not recoverable: ${message}`);
  const rule = retryRuleOf(failureClass, own);
  const counted = isCounted(failureClass);
  if (counted && history.attempts >= limits.attemptsMax) {
    return deadLetter(failure, history, `all ${String(limits.attemptsMax)} attempts failed; the last one (${failureClass}): ${message}`);
  }
  if (history.ofClass >= rule.attemptsMax) {
    return deadLetter(failure, history, `${String(history.ofClass)} attempts ended like the last one, as many as may (${failureClass}): ${message}`);
  }
  const delayMs = backoffMs(rule, Math.max(1, counted ? history.attempts : history.ofClass), random);
  if (nowMs + delayMs >= settleByMs(history, limits)) {
    return deadLetter(failure, history, `no time is left for another attempt; the last one (${failureClass}): ${message}`);
  }
  return { kind: 'retry', delayMs };
}

/** The moment by which an item must be settled: its deadline, or acceptance plus its total limit, whichever is sooner. */
export function settleByMs(history: Pick<AttemptHistory, 'acceptedAtMs' | 'deadlineMs'>, limits: WorkLimits): number {
  return Math.min(history.acceptedAtMs + limits.totalTimeoutMs, history.deadlineMs ?? Number.POSITIVE_INFINITY);
}

/** The failures with one more, bounded: the oldest are forgotten first, and one that repeats the last is told once. */
export function withFailure(earlier: readonly EarlierFailure[], { failureClass, message }: EarlierFailure): readonly EarlierFailure[] {
  const failure = { failureClass, message: message.slice(0, EARLIER_CHARS_MAX) };
  const last = earlier.at(-1);
  if (last?.failureClass === failure.failureClass && last.message === failure.message) return earlier;
  return [...earlier, failure].slice(-EARLIER_MAX);
}

function deadLetter(last: AttemptFailure, { earlier }: AttemptHistory, reason: string): NextStep {
  const { failureClass } = last;
  const others = withFailure(earlier, last).slice(0, -1);
  const before = others.map((failure) => `(${failure.failureClass}): ${failure.message}`).join('; ');
  const ending = before === '' ? '' : ` · before it ${before}`;
  return { kind: 'settle', outcome: { kind: 'dead-lettered', reason: `${reason.slice(0, REASON_CHARS_MAX - ending.length)}${ending}`, failureClass } };
}
