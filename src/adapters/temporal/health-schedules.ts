import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleOptions } from '@temporalio/client';
import { healthScheduleId, targetOfHealthSchedule, TASK_QUEUES, WORKFLOW_TYPES } from '../../contract/names.ts';
import type { TargetHealthInput } from '../../contract/messages.ts';
import type { TargetId } from '../../domain/ids.ts';
import { offsetMsOf } from '../../domain/targets/health-schedule.ts';
import type { HealthSchedule } from '../../domain/targets/health-schedule.ts';
import type { Bounded } from './bounded.ts';
import { isNotFound } from './bounded.ts';

type Listed = Awaited<ReturnType<Client['connection']['workflowService']['listSchedules']>>['schedules'][number];

const PAGE = 500;
const LISTED_MAX = 20_000;

/** See `WorkEngine.setHealthSchedule`. */
export async function setHealthSchedule(client: Client, schedule: HealthSchedule): Promise<void> {
  const options = optionsOf(schedule);
  try {
    await client.schedule.create({ ...options, state: { triggerImmediately: true } });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // What an operator has paused stays paused.
    await client.schedule.getHandle(options.scheduleId).update((previous) => ({ ...previous, spec: options.spec }));
  }
}

function optionsOf(schedule: HealthSchedule) {
  const { targetId, intervalMs } = schedule;
  const input: TargetHealthInput = { targetId };
  return {
    scheduleId: healthScheduleId(targetId),
    spec: { intervals: [{ every: intervalMs, offset: offsetMsOf(schedule) }] },
    // A look that was missed is of no use later (10 s is the least that Temporal takes).
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10s' },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPES.targetHealth,
      workflowId: healthScheduleId(targetId),
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
      // Beyond the longest look that can be configured.
      workflowExecutionTimeout: '15 minutes',
      staticSummary: 'a look at a target',
    },
  } as const satisfies ScheduleOptions;
}

/** See `WorkEngine.removeHealthSchedule`. */
export async function removeHealthSchedule(client: Client, targetId: TargetId): Promise<void> {
  try {
    await client.schedule.getHandle(healthScheduleId(targetId)).delete();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** See `WorkEngine.listHealthSchedules`. */
export async function listHealthSchedules({ connection, options }: Client, bounded: Bounded, beat: () => void): Promise<readonly HealthSchedule[]> {
  const found: HealthSchedule[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    beat();
    const page = await bounded('list health schedules', () =>
      connection.workflowService.listSchedules({ namespace: options.namespace, maximumPageSize: PAGE, nextPageToken }),
    );
    found.push(...page.schedules.flatMap(toHealthSchedule));
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0 && found.length < LISTED_MAX);
  return found;
}

function toHealthSchedule({ scheduleId, info }: Listed): readonly HealthSchedule[] {
  const targetId = targetOfHealthSchedule(scheduleId ?? '');
  const seconds = info?.spec?.interval?.[0]?.interval?.seconds;
  return targetId === null ? [] : [{ targetId, intervalMs: Number(seconds ?? 0) * 1000 }];
}
