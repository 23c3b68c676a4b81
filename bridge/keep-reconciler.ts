import type { Logger } from 'pino';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { pause } from './pause.ts';

export interface ReconcilerKeeperDeps {
  readonly engine: Pick<WorkEngine, 'ensureReconcileSchedule' | 'restoreReconcileSchedule'>;
  readonly logger: Logger;
  /** How often the reconciler is to run. */
  readonly reconcileIntervalMs: number;
  readonly intervalMs: number;
}

// Temporal may be ready seconds before it answers questions about Schedules.
const FAILED_AGAIN_MS = 2000;

/**
 * Sees to it that the reconciler has its Schedule, with this interval; then brings it back when it was deleted in the Temporal UI, or
 * lost with Temporal's database, because nothing else would notice; until `signal` aborts. Any number may run.
 */
export async function keepReconciler(deps: ReconcilerKeeperDeps, signal: AbortSignal): Promise<void> {
  const { engine, logger, reconcileIntervalMs, intervalMs } = deps;
  let isSet = false;
  while (!signal.aborted) {
    let nextMs = intervalMs;
    try {
      if (!isSet) await engine.ensureReconcileSchedule(reconcileIntervalMs);
      else if (await engine.restoreReconcileSchedule(reconcileIntervalMs)) logger.warn('the Schedule of the reconciler was missing; it is there again');
      isSet = true;
    } catch (error) {
      logger.warn({ err: error }, 'whether the reconciler has its Schedule is looked at again');
      nextMs = Math.min(intervalMs, FAILED_AGAIN_MS);
    }
    await pause(nextMs, signal);
  }
}
