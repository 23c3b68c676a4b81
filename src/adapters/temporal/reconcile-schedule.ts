import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { RECONCILE_SCHEDULE_ID, TASK_QUEUES, WORKFLOW_TYPES } from '../../contract/names.ts';

/** Creates the Schedule that runs `reconcile`, or gives an existing one this interval. */
export async function ensureReconcileSchedule(client: Client, intervalMs: number): Promise<void> {
  if (await restoreReconcileSchedule(client, intervalMs)) return;
  await client.schedule.getHandle(RECONCILE_SCHEDULE_ID).update((previous) => ({ ...previous, spec: specOf(intervalMs) }));
}

/** See `WorkEngine.restoreReconcileSchedule`. */
export async function restoreReconcileSchedule(client: Client, intervalMs: number): Promise<boolean> {
  try {
    await client.schedule.create({
      scheduleId: RECONCILE_SCHEDULE_ID,
      spec: specOf(intervalMs),
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10s' },
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW_TYPES.reconcile,
        taskQueue: TASK_QUEUES.workflows,
        args: [],
        workflowExecutionTimeout: '5 minutes',
        staticSummary: 'takes back what ended workflows still hold',
      },
    });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

function specOf(intervalMs: number): { intervals: { every: number }[] } {
  return { intervals: [{ every: intervalMs }] };
}
