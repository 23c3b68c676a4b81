// closed ──(3 failed starts, 1 refusal or 1 failed check)──▶ open ──(its time is over)──▶ half-open ──(the trial succeeds)──▶ closed
//                                                             ▲                               │
//                                                             └──(the trial or a check fails)─┘

/** starts: they failed · refused: the target has no capacity · health: a check failed. */
export type BreakerCause = 'starts' | 'refused' | 'health';

/** Whether a target gets starts. open: none · half-open: one at a time, to see · closed: as many as fit. */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half-open';
  /** Why it opened, or why it may soon; null = nothing failed since it was closed. */
  readonly cause: BreakerCause | null;
  /** When it came into this state; null = it never changed. */
  readonly sinceMs: number | null;
  /** Open until then. */
  readonly untilMs: number | null;
  /** Starts that failed one after the other. */
  readonly failures: number;
  /** How often it opened since it was last closed. */
  readonly openings: number;
  readonly lastError: string | null;
}

/**
 * What happened to a target. Only starts and checks: that an agent fails its work item, or that a start is called off, says
 * nothing about the place. `news`: the last check before this one did not find the target healthy.
 */
export type BreakerReport =
  | { readonly kind: 'start-succeeded' }
  | { readonly kind: 'start-failed'; readonly refused: boolean; readonly error: string }
  | { readonly kind: 'check-passed'; readonly news: boolean }
  | { readonly kind: 'check-failed'; readonly error: string };

export const CLOSED_BREAKER: Breaker = { state: 'closed', cause: null, sinceMs: null, untilMs: null, failures: 0, openings: 0, lastError: null };

/** So many starts in a row must fail: one may be bad luck. */
export const FAILED_STARTS_MAX = 3;
const OPEN_MS_MIN = 10_000;
const OPEN_MS_MAX = 300_000;

/** How long it stays open when it opens for the n-th time in a row: 10 s, doubled each time, 5 minutes at most. */
export function openTimeMs(openings: number): number {
  return Math.min(OPEN_MS_MAX, OPEN_MS_MIN * 2 ** Math.min(openings - 1, 10));
}

/** The breaker at this moment: one whose time is over is half-open. */
export function breakerAt(breaker: Breaker, nowMs: number): Breaker {
  const over = breaker.state === 'open' && (breaker.untilMs ?? 0) <= nowMs;
  return over ? { ...breaker, state: 'half-open', sinceMs: nowMs, untilMs: null } : breaker;
}

/** The breaker after a report; the same object when the report changes nothing. */
export function reportToBreaker(before: Breaker, report: BreakerReport, nowMs: number): Breaker {
  const breaker = breakerAt(before, nowMs);
  switch (report.kind) {
    case 'start-succeeded':
      // The best evidence there is, also of a start that began before the breaker opened.
      return close(breaker, nowMs);
    case 'start-failed':
      return afterFailedStart(breaker, report, nowMs);
    case 'check-passed':
      return afterPassedCheck(breaker, report.news, nowMs);
    case 'check-failed':
      return afterFailedCheck(breaker, report.error, nowMs);
  }
}

function close(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.state !== 'closed') return { ...CLOSED_BREAKER, sinceMs: nowMs };
  return breaker.failures === 0 ? breaker : { ...CLOSED_BREAKER, sinceMs: breaker.sinceMs };
}

/** A refusal opens it at once: asking a target without capacity again and again is what must not happen. */
function afterFailedStart(breaker: Breaker, { refused, error }: { refused: boolean; error: string }, nowMs: number): Breaker {
  const failed: Breaker = { ...breaker, failures: breaker.failures + (refused ? 0 : 1), lastError: error };
  // Of the starts that were under way when it opened, the others fail too: that is no further trial.
  if (breaker.state === 'open') return failed;
  const cause = refused ? 'refused' : 'starts';
  if (breaker.state === 'half-open' || refused || failed.failures >= FAILED_STARTS_MAX) return open(failed, cause, nowMs);
  return { ...failed, cause };
}

/** A check looks without starting anything: it takes back what a check said, but starts that fail under the eyes of good checks go on failing. */
function afterPassedCheck(breaker: Breaker, news: boolean, nowMs: number): Breaker {
  if (breaker.state === 'closed') return breaker;
  if (breaker.cause === 'health') return close(breaker, nowMs);
  if (breaker.state === 'half-open' || breaker.cause === 'refused' || !news) return breaker;
  // The place was repaired: one start may try now. How long it would stay open next time is not forgotten.
  return { ...breaker, state: 'half-open', sinceMs: nowMs, untilMs: null };
}

function afterFailedCheck(breaker: Breaker, error: string, nowMs: number): Breaker {
  if (breaker.state !== 'open') return open({ ...breaker, lastError: error }, 'health', nowMs);
  return { ...breaker, lastError: error, untilMs: Math.max(breaker.untilMs ?? 0, nowMs + openTimeMs(breaker.openings)) };
}

function open(breaker: Breaker, cause: BreakerCause, nowMs: number): Breaker {
  const openings = breaker.openings + 1;
  return { ...breaker, state: 'open', cause, sinceMs: nowMs, untilMs: nowMs + openTimeMs(openings), openings };
}
