import { ActivityFailure, isCancellation, proxyActivities, sleep, TimeoutFailure } from '@temporalio/workflow';
import type { AttemptActivities } from '../src/contract/activities.ts';
import { TASK_QUEUES } from '../src/contract/names.ts';
import type { AgentGuid, Fence, ProjectId, WorkId } from '../src/domain/ids.ts';
import type { AttemptFailure, AttemptOutcome } from '../src/domain/work/outcome.ts';
import { JUDGE } from './activity-options.ts';

/** What one attempt needs to know; `endsAtMs` = when it must be over. */
export interface Attempt {
  readonly workId: WorkId;
  readonly projectId: ProjectId;
  readonly fence: Fence;
  readonly agentGuid: AgentGuid;
  readonly idleTimeoutMs: number;
  readonly endsAtMs: number;
  /** Counts the awaits of the whole run. */
  readonly nextAwaitNo: () => number;
}

const { judgeHarness } = proxyActivities<AttemptActivities>({ taskQueue: TASK_QUEUES.activities, ...JUDGE, summary: 'is its harness really silent?' });

const OUR_TROUBLE_DELAY_MS = 1000;

/**
 * Hands the assignment over and waits for the agent, under one fence, however often our own side turns out to have been deaf.
 * A cancelled scope ends it at once.
 */
export async function runAttempt(attempt: Attempt): Promise<AttemptOutcome> {
  for (;;) {
    const remainingMs = attempt.endsAtMs - Date.now();
    if (remainingMs <= 0) return timedOut();
    try {
      return await awaitAgent(attempt, remainingMs);
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      if (!(error.cause instanceof TimeoutFailure)) {
        // The ledger was away, or a worker stopped in the middle: our side's trouble, not the agent's. Await again.
        await sleep(OUR_TROUBLE_DELAY_MS);
        continue;
      }
      if (error.cause.timeoutType !== 'HEARTBEAT') return timedOut();
    }
    const verdict = await judgeHarness(attempt);
    if (verdict.kind !== 'await-again') return { kind: 'failed', failureClass: verdict.kind, message: verdict.message, reportedByAgent: false };
  }
}

function awaitAgent(attempt: Attempt, remainingMs: number): Promise<AttemptOutcome> {
  const activities = proxyActivities<AttemptActivities>({
    taskQueue: TASK_QUEUES.activities,
    startToCloseTimeout: remainingMs,
    heartbeatTimeout: attempt.idleTimeoutMs,
    retry: { maximumAttempts: 1 },
    // It is open on our side only: nobody is there who would acknowledge a cancel.
    cancellationType: 'TRY_CANCEL',
    summary: `agent ${attempt.agentGuid}, fence ${String(attempt.fence)}`,
  });
  const { workId, projectId, fence, agentGuid, idleTimeoutMs } = attempt;
  return activities.awaitAgent({ workId, projectId, fence, agentGuid, idleTimeoutMs, awaitNo: attempt.nextAwaitNo() });
}

function timedOut(): AttemptFailure {
  return { kind: 'failed', failureClass: 'timeout', message: 'the attempt took longer than its limit', reportedByAgent: false };
}
