import { ActivityNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AttemptActivities } from '../../contract/activities.ts';
import { workWorkflowId } from '../../contract/names.ts';
import type { WorkId } from '../../domain/ids.ts';
import type { TokenAnswer } from '../../ports/work-engine.ts';
import { isNotFound } from './bounded.ts';
import type { Bounded } from './bounded.ts';

const AWAIT = 'awaitAgent' satisfies keyof AttemptActivities;

/** By its id, as nobody knows its token. The next await has another id, so that a late call never hits it. */
export async function awaitAnew(client: Client, bounded: Bounded, { workId, olderThanMs }: { workId: WorkId; olderThanMs: number }): Promise<TokenAnswer> {
  const workflowId = workWorkflowId(workId);
  try {
    const { runId, raw } = await bounded('describe', () => client.workflow.getHandle(workflowId).describe());
    const lost = raw.pendingActivities?.find(({ activityType, lastStartedTime }) => activityType?.name === AWAIT && isOlderThan(lastStartedTime, olderThanMs));
    const activityId = lost?.activityId;
    if (activityId === undefined || activityId === null) return 'gone';
    const failure = ApplicationFailure.create({ message: 'its worker ended before it had written the lease', type: 'AWAIT_LOST' });
    await bounded('await anew', () => client.activity.fail({ workflowId, runId, activityId }, failure));
    return 'done';
  } catch (error) {
    if (error instanceof ActivityNotFoundError || isNotFound(error)) return 'gone';
    throw error;
  }
}

/** One that no worker has taken yet has no such time. */
function isOlderThan(time: { seconds?: unknown } | null | undefined, ageMs: number): boolean {
  return time !== null && time !== undefined && Date.now() - Number(time.seconds) * 1000 >= ageMs;
}
