import type { AttemptFailure, FailureClass, WorkOutcome } from './outcome.ts';
import type { WorkLimits } from './work-item.ts';

/** Delays before the next attempt: `firstMs * factor^(n-1)`, at most `mostMs`, jittered downwards by at most a quarter. */
interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly mostMs: number;
}

// A lost or idle agent says nothing about the next one, so those start soon; a target that could not start one needs time.
const BACKOFF: Record<FailureClass, Backoff | null> = {
  recoverable: { firstMs: 1000, factor: 3, mostMs: 60_000 },
  'spin-up': { firstMs: 2000, factor: 3, mostMs: 120_000 },
  lost: { firstMs: 500, factor: 2, mostMs: 30_000 },
  idle: { firstMs: 500, factor: 2, mostMs: 30_000 },
  timeout: { firstMs: 1000, factor: 2, mostMs: 30_000 },
  interrupted: { firstMs: 500, factor: 1, mostMs: 500 },
  fatal: null,
};

/** Interruptions (our own clean stop) are not the item's fault and are not counted, but even they are bounded. */
const INTERRUPTIONS_MAX = 100;

export interface AttemptHistory {
  /** Attempts so far, this one included, interrupted ones not. */
  readonly attempts: number;
  readonly interruptions: number;
  readonly acceptedAtMs: number;
  readonly deadlineMs: number | null;
}

export type NextStep = { readonly kind: 'retry'; readonly delayMs: number } | { readonly kind: 'settle'; readonly outcome: WorkOutcome };

/**
 * What follows a failed attempt: another one after `delayMs`, or the dead letter with the reason. `random` is in [0, 1).
 * The rule per class is the table above; the counts and times come from the item's limits.
 */
export function afterAttempt(failure: AttemptFailure, history: AttemptHistory, rules: { limits: WorkLimits; nowMs: number; random: number }): NextStep {
  const backoff = BACKOFF[failure.failureClass];
  if (backoff === null) return deadLetter(failure, `the agent reported a failure that is not recoverable: ${failure.message}`);
  if (failure.failureClass === 'interrupted') {
    if (history.interruptions >= INTERRUPTIONS_MAX) return deadLetter(failure, `interrupted ${String(history.interruptions)} times: ${failure.message}`);
  } else if (history.attempts >= rules.limits.attemptsMax) {
    return deadLetter(failure, `all ${String(rules.limits.attemptsMax)} attempts failed; the last one (${failure.failureClass}): ${failure.message}`);
  }
  const delayMs = backoffMs(backoff, Math.max(1, history.attempts), rules.random);
  const endMs = settleByMs(history, rules.limits);
  if (rules.nowMs + delayMs >= endMs) {
    return deadLetter(failure, `no time is left for another attempt; the last one (${failure.failureClass}): ${failure.message}`);
  }
  return { kind: 'retry', delayMs };
}

/** The moment by which an item must be settled: its deadline, or acceptance plus its total limit, whichever is sooner. */
export function settleByMs(history: Pick<AttemptHistory, 'acceptedAtMs' | 'deadlineMs'>, limits: WorkLimits): number {
  return Math.min(history.acceptedAtMs + limits.totalTimeoutMs, history.deadlineMs ?? Number.POSITIVE_INFINITY);
}

function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const full = Math.min(backoff.mostMs, backoff.firstMs * backoff.factor ** (attempt - 1));
  return Math.round(full * (1 - random / 4));
}

function deadLetter(failure: AttemptFailure, reason: string): NextStep {
  return { kind: 'settle', outcome: { kind: 'dead-lettered', reason: reason.slice(0, 16_384), failureClass: failure.failureClass } };
}
