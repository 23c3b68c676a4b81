import { proxyActivities } from '@temporalio/workflow';
import type { ReconcileActivities } from '../src/contract/activities.ts';
import { TASK_QUEUES } from '../src/contract/names.ts';

const { reconcileHolders } = proxyActivities<ReconcileActivities>({
  taskQueue: TASK_QUEUES.activities,
  summary: 'compares every holder with its workflow',
  startToCloseTimeout: '50s',
  heartbeatTimeout: '20s',
  // The Schedule comes round again; trying twice is enough within one.
  retry: { maximumAttempts: 2, initialInterval: '2s' },
});

/** One round of the reconciler: rows whose workflow an operator ended or replaced are taken back. Run by a Schedule. */
export async function reconcile(): Promise<{ itemsSettled: number; sessionsReaped: number; itemsStarted: number }> {
  return reconcileHolders();
}
