import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/** One ledger transaction: short, tried until PostgreSQL is back; only a run that no longer owns its row gives up. */
export const TRANSITION: LocalActivityOptions = {
  startToCloseTimeout: '5s',
  localRetryThreshold: '2s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s', nonRetryableErrorTypes: ['STALE_RUN', 'EVENT_KEY_REUSED'] },
};

/** Asking the agent and the bridge; each question inside is bounded by 2 s. */
export const JUDGE: ActivityOptions = {
  startToCloseTimeout: '15s',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' },
};

/** The longest time any activity of ours may be open; supervision is renewed after it. */
export const LONGEST_ACTIVITY = '30 days';
