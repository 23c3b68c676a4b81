import { ActivityFailure, isCancellation, proxyActivities, setCurrentDetails, TimeoutFailure } from '@temporalio/workflow';
import type { ProbeActivities } from '../src/contract/activities.ts';
import type { ProbeTargetInput } from '../src/contract/messages.ts';
import { unhealthy } from '../src/domain/targets/unhealthy.ts';
import type { ProbeResult } from '../src/domain/targets/probe.ts';

// Of the time that the asker has: some for the host to take the check, some more to make it; the rest is for the way there and back.
const START_SHARE = 0.4;
const CHECK_SHARE = 0.7;

/** One look at a target, from its host. A host that does not take the check in time is a result, not a failure. */
export async function probeTarget(input: ProbeTargetInput): Promise<ProbeResult> {
  const checkTimeoutMs = Math.ceil(input.timeoutMs * CHECK_SHARE);
  const { checkTarget } = proxyActivities<ProbeActivities>({
    taskQueue: input.hostQueue,
    summary: `a look from the host ${input.hostId}`,
    scheduleToStartTimeout: Math.ceil(input.timeoutMs * START_SHARE),
    startToCloseTimeout: checkTimeoutMs,
    scheduleToCloseTimeout: checkTimeoutMs,
    cancellationType: 'TRY_CANCEL',
    retry: { maximumAttempts: 3, initialInterval: '200ms', backoffCoefficient: 2 },
  });
  setCurrentDetails(`Asks the host ${input.hostId}.`);
  try {
    return await checkTarget({ targetId: input.targetId });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure) || !(error.cause instanceof TimeoutFailure)) throw error;
    return unhealthy(whyTimedOut(error.cause, input, checkTimeoutMs));
  }
}

function whyTimedOut({ timeoutType }: TimeoutFailure, { hostId }: ProbeTargetInput, checkTimeoutMs: number): string {
  return timeoutType === 'SCHEDULE_TO_START'
    ? `Its host does not answer: no worker of the host "${hostId}" took the check.`
    : `The check took longer than ${String(checkTimeoutMs)} ms on the host "${hostId}".`;
}
