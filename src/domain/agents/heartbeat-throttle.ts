/*
 * Which of a runner's many heartbeats reach Temporal. A forwarded heartbeat restarts the clock that it is sent to, so it may be
 * sent only when there was activity after the one before; and of a burst, the last one must get through, or the clock would run
 * from the first. All times are milliseconds on one monotonic clock.
 */

// How much later a heartbeat may arrive than the activity that it tells of, without telling of a new one.
const JITTER_MS = 20;
const LEASE_INTERVAL_MS_MIN = 500;
const LEASE_BEATS_PER_LIMIT = 20;
const SUPERVISION_INTERVAL_MS_MIN = 50;
const SUPERVISION_INTERVAL_MS_MAX = 5000;
const SUPERVISION_BEATS_PER_LIMIT = 8;

export type HeartbeatDecision =
  | { readonly kind: 'send' }
  /** Too soon after the last one; one must follow at this time, whatever comes in between. */
  | { readonly kind: 'send-at'; readonly atMs: number }
  /** Nothing happened that the last one did not cover. */
  | { readonly kind: 'skip' };

/** What to do about activity at `lastActivityMs`, when the last heartbeat was forwarded at `sentAtMs` and at most one per interval may be. */
export function decideHeartbeat(last: { sentAtMs: number; intervalMs: number }, seen: { nowMs: number; lastActivityMs: number }): HeartbeatDecision {
  if (seen.lastActivityMs <= last.sentAtMs + JITTER_MS) return { kind: 'skip' };
  const dueMs = last.sentAtMs + last.intervalMs;
  return seen.nowMs >= dueMs ? { kind: 'send' } : { kind: 'send-at', atMs: dueMs };
}

/**
 * What counts as the time of the last forwarded heartbeat for one who knows of none (a new lease, a bridge that has just started):
 * activity within one interval is forwarded, older activity is not, because the clock would then run from now instead of from then.
 */
export function assumedSentAtMs(nowMs: number, intervalMs: number): number {
  return nowMs - intervalMs - JITTER_MS;
}

/**
 * At most one heartbeat of an item per twentieth of its idle limit, at least half a second apart. The last one of a burst runs the
 * clock as much later as it has waited, and what is idle must be found within a tenth of the limit, judgement included.
 */
export function leaseIntervalMs(idleTimeoutMs: number): number {
  return Math.max(LEASE_INTERVAL_MS_MIN, Math.floor(idleTimeoutMs / LEASE_BEATS_PER_LIMIT));
}

/** Shorter than the time between a runner's own beats (a quarter of the limit), so that each of those gets through. */
export function supervisionIntervalMs(lostTimeoutMs: number): number {
  const share = Math.floor(lostTimeoutMs / SUPERVISION_BEATS_PER_LIMIT);
  return Math.min(SUPERVISION_INTERVAL_MS_MAX, Math.max(SUPERVISION_INTERVAL_MS_MIN, share));
}
