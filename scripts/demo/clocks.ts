/** The stack's clocks, shortened so that silence is noticed while somebody watches. */
export const CLOCKS = {
  lostTimeoutMs: 3000,
  spinUpTimeoutMs: 20_000,
  stopGraceMs: 2000,
  reconcileIntervalMs: 5000,
  coordinatorIntervalMs: 5000,
  shutdownGraceMs: 8000,
} as const;

/** The same, as `weft up` wants them. */
export const CLOCK_VARIABLES = {
  WEFT_LOST_TIMEOUT_MS: String(CLOCKS.lostTimeoutMs),
  WEFT_SPIN_UP_TIMEOUT_MS: String(CLOCKS.spinUpTimeoutMs),
  WEFT_STOP_GRACE_MS: String(CLOCKS.stopGraceMs),
  WEFT_RECONCILE_INTERVAL_MS: String(CLOCKS.reconcileIntervalMs),
  WEFT_COORDINATOR_INTERVAL_MS: String(CLOCKS.coordinatorIntervalMs),
  WEFT_SHUTDOWN_GRACE_MS: String(CLOCKS.shutdownGraceMs),
};

/** Longest time from asking an agent to end until nothing of it is left: asked politely, TERM, grace, KILL, on a busy machine. */
export const GONE_WITHIN_MS = CLOCKS.stopGraceMs + 8000;
/** Longest time until an agent has been started and has taken its item. */
export const STARTED_WITHIN_MS = CLOCKS.spinUpTimeoutMs;
/** Longest time for any one wait: a case that hangs ends, and says what it hung on. */
export const SETTLED_WITHIN_MS = 45_000;
