import { ActivityFailure, isCancellation, proxyActivities, sleep, TimeoutFailure } from '@temporalio/workflow';
import type { AttemptActivities } from '../src/contract/activities.ts';
import { TASK_QUEUES } from '../src/contract/names.ts';
import type { AgentGuid, Fence, ProjectId, WorkId } from '../src/domain/ids.ts';
import type { AttemptFailure, AttemptOutcome, AwaitOutcome } from '../src/domain/work/outcome.ts';
import type { QuestionId } from '../src/domain/work/question.ts';
import { JUDGE } from './activity-options.ts';
import { showQuestion, showResumed } from './show-item.ts';

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

/** How far one attempt is. The time that people take to answer is not the agent's: the attempt ends so much later. */
interface Progress {
  /** The question that is open, and when its own time is over. */
  question: { readonly id: QuestionId; readonly endsAtMs: number } | null;
  /** Since when the idle clock stands still. */
  pausedAtMs: number;
  endsAtMs: number;
}

const { judgeHarness } = proxyActivities<AttemptActivities>({ taskQueue: TASK_QUEUES.activities, ...JUDGE, summary: 'is its harness really silent?' });

const OUR_TROUBLE_DELAY_MS = 1000;
// An await without an idle clock is kept alive by the runner's own heartbeats, so that one that got lost with its worker is replaced.
const QUESTION_BEATS_MS = 60_000;
// The ledger judges by its own clock whether the time for an answer is over: by then it is.
const CLOCKS_DIFFER_MS = 250;

/**
 * Hands the assignment over and waits for the agent, under one fence, however often our own side turns out to have been deaf, and
 * however often the agent asks something. A cancelled scope ends it at once.
 */
export async function runAttempt(attempt: Attempt): Promise<AttemptOutcome> {
  const progress: Progress = { question: null, pausedAtMs: 0, endsAtMs: attempt.endsAtMs };
  for (;;) {
    if (progress.question === null && progress.endsAtMs <= Date.now()) return timedOut();
    const outcome = await step(attempt, progress);
    if (outcome !== null) return outcome;
  }
}

/** One await, and what follows from it; null = the agent is to be awaited again. */
async function step(attempt: Attempt, progress: Progress): Promise<AttemptOutcome | null> {
  const awaited = await awaitOnce(attempt, progress);
  if (awaited.kind === 'again') return null;
  if (awaited.kind === 'asked') return pause(progress, awaited);
  if (awaited.kind === 'resumed') return resume(attempt, progress);
  if (awaited.kind !== 'silent') return awaited;
  const verdict = await judgeHarness(toIdentity(attempt));
  if (verdict.kind === 'await-again') return null;
  return { kind: 'failed', failureClass: verdict.kind, message: verdict.message, reportedByAgent: false };
}

/** silent: the idle clock ran out · again: our own side's trouble, not the agent's. */
type Interrupted = { readonly kind: 'silent' } | { readonly kind: 'again' };

async function awaitOnce(attempt: Attempt, progress: Progress): Promise<AwaitOutcome | Interrupted> {
  try {
    return await awaitAgent(attempt, progress);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    if (error.cause instanceof TimeoutFailure) return afterTimeout(error.cause, progress);
    // The ledger was away, or a worker stopped in the middle: our side's trouble, not the agent's. Await again.
    await sleep(OUR_TROUBLE_DELAY_MS);
    return { kind: 'again' };
  }
}

function afterTimeout({ timeoutType }: TimeoutFailure, { question }: Progress): AwaitOutcome | Interrupted {
  if (question === null) return timeoutType === 'HEARTBEAT' ? { kind: 'silent' } : timedOut();
  // Over is the time for an answer, and the next await is told by the ledger what follows from that; or only our side was deaf.
  return { kind: timeoutType === 'HEARTBEAT' ? 'again' : 'resumed' };
}

function pause(progress: Progress, { questionId, waitMs }: Extract<AwaitOutcome, { kind: 'asked' }>): null {
  const nowMs = Date.now();
  if (progress.question === null) progress.pausedAtMs = nowMs;
  progress.question = { id: questionId, endsAtMs: nowMs + waitMs + CLOCKS_DIFFER_MS };
  showQuestion(questionId);
  return null;
}

function resume({ agentGuid }: Attempt, progress: Progress): null {
  if (progress.question === null) return null;
  progress.question = null;
  progress.endsAtMs += Date.now() - progress.pausedAtMs;
  showResumed(agentGuid);
  return null;
}

function awaitAgent(attempt: Attempt, { question, endsAtMs }: Progress): Promise<AwaitOutcome> {
  const activities = proxyActivities<AttemptActivities>({
    startToCloseTimeout: Math.max(1, (question?.endsAtMs ?? endsAtMs) - Date.now()),
    heartbeatTimeout: question === null ? attempt.idleTimeoutMs : QUESTION_BEATS_MS,
    taskQueue: TASK_QUEUES.activities,
    retry: { maximumAttempts: 1 },
    // It is open on our side only: nobody is there who would acknowledge a cancel.
    cancellationType: 'TRY_CANCEL',
    summary: `agent ${attempt.agentGuid}, fence ${String(attempt.fence)}`,
  });
  const asked = question === null ? {} : { idleTimeoutMs: QUESTION_BEATS_MS, questionId: question.id };
  return activities.awaitAgent({ ...toIdentity(attempt), ...asked, awaitNo: attempt.nextAwaitNo() });
}

function toIdentity({ workId, projectId, fence, agentGuid, idleTimeoutMs }: Attempt) {
  return { workId, projectId, fence, agentGuid, idleTimeoutMs };
}

function timedOut(): AttemptFailure {
  return { kind: 'failed', failureClass: 'timeout', message: 'the attempt took longer than its limit', reportedByAgent: false };
}
