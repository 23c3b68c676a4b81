import type { Logger } from 'pino';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { pause } from './pause.ts';

export interface ReconcilerKeeperDeps {
  readonly engine: Pick<WorkEngine, 'restoreReconcileSchedule'>;
  readonly logger: Logger;
  /** How often the reconciler is to run. */
  readonly reconcileIntervalMs: number;
  readonly intervalMs: number;
}

/**
 * Brings the reconciler's Schedule back when it was deleted in the Temporal UI, or lost with Temporal's database, because
 * nothing else would notice; until `signal` aborts. Any number may run.
 */
export async function keepReconciler({ engine, logger, reconcileIntervalMs, intervalMs }: ReconcilerKeeperDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await engine.restoreReconcileSchedule(reconcileIntervalMs)) logger.warn('the Schedule of the reconciler was missing; it is there again');
    } catch (error) {
      logger.warn({ err: error }, 'whether the reconciler has its Schedule is looked at the next time');
    }
    await pause(intervalMs, signal);
  }
}
