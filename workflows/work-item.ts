import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyLocalActivities,
  setHandler,
  upsertSearchAttributes,
  uuid4,
} from '@temporalio/workflow';
import type { WorkTransitions } from '../src/contract/activities.ts';
import { cancelUpdate, changedSignal, expireSignal, grantSignal } from '../src/contract/messages.ts';
import type { Expiry, WorkChange, WorkItemInput } from '../src/contract/messages.ts';
import { SEARCH_ATTRIBUTES } from '../src/contract/search-attributes.ts';
import type { Fence, WorkId } from '../src/domain/ids.ts';
import type { Grant, GrantTerms } from '../src/domain/scheduling/grant.ts';
import { afterAttempt, withFailure } from '../src/domain/work/after-attempt.ts';
import type { EarlierFailure, NextStep } from '../src/domain/work/after-attempt.ts';
import type { AttemptFailure, AttemptOutcome, FailureClass, WorkOutcome } from '../src/domain/work/outcome.ts';
import { isCounted } from '../src/domain/work/retry-rules.ts';
import type { AdmitResult, TakenGrant, WorkBrief } from '../src/domain/work/transition-results.ts';
import { TRANSITION } from './activity-options.ts';
import { runAttempt } from './attempt.ts';
import { showAccepted, showAttempt, showEnd, showWaiting } from './show-item.ts';

const ledger = proxyLocalActivities<WorkTransitions>(TRANSITION);

// A grant or lease that was refused is nobody's failure; the item stands in the queue again after a while. An agent that
// refuses again and again is a failure after all: starting another one each time must not go on for ever.
const REFUSED_DELAY_MS = 1000;
const REFUSALS_MAX = 10;

// Of a signal without a body, as earlier versions sent it.
const TIME_IS_UP: Expiry = { failedDependency: null };

/** What the handlers record for the main loop; handlers never act, but for search attributes, which nothing waits for. */
interface Inbox {
  /** The last change of the row since it was admitted. */
  change: WorkChange | null;
  grant: Grant | null;
  cancelReason: string | null;
  expiry: Expiry | null;
}

/** What one run of the workflow knows about its item. */
interface Life {
  readonly workId: WorkId;
  /** Of the attempt that the search attributes show from the beginning; 0 = none. */
  readonly shownFence: Fence;
  readonly inbox: Inbox;
  fence: number;
  awaits: number;
  /** How many attempts ended with each class. */
  readonly failures: Map<FailureClass, number>;
  earlier: readonly EarlierFailure[];
  /** In a row. */
  refusals: number;
  /** The decided end; set before it is written. */
  end: WorkOutcome | null;
  /** The ledger has settled the item before: with its agent's report. */
  isSettled: boolean;
}

/**
 * One work item from its place in the queue to settlement: wait for a slot → attempt → again or settle; the ledger is written by
 * one activity per transition. One that was not queued when it was submitted is admitted first. A dead letter ends the workflow as failed, so that operators see it.
 */
export async function workItem(input: WorkItemInput): Promise<WorkOutcome> {
  const { workId, grant = null } = input;
  const shownFence = grant?.terms === undefined ? (input.shownFence ?? 0) : grant.fence;
  const inbox: Inbox = { change: null, grant, cancelReason: null, expiry: null };
  const life: Life = { workId, shownFence, inbox, fence: 0, awaits: 0, failures: new Map(), earlier: [], refusals: 0, end: null, isSettled: false };
  listen(life);
  showAccepted();
  const end = await CancellationScope.nonCancellable(() => live(life, input.brief));
  if (end.kind === 'dead-lettered') throw ApplicationFailure.nonRetryable(end.reason, 'DEAD_LETTERED', { failureClass: end.failureClass });
  return end;
}

function listen(life: Life): void {
  const { inbox } = life;
  setHandler(grantSignal, (grant) => {
    inbox.grant = grant;
  });
  setHandler(expireSignal, (expiry = TIME_IS_UP) => {
    inbox.expiry ??= expiry;
  });
  setHandler(changedSignal, (change) => {
    // A run that was told by a newer api while its worker did not know the signal has ignored it (may go from 2027-07 on).
    if (!patched('changed-signal') || (inbox.change !== null && change.changedAt < inbox.change.changedAt)) return;
    inbox.change = change;
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.priority, value: change.priority },
      { key: SEARCH_ATTRIBUTES.deadline, value: change.deadline === null ? null : new Date(change.deadline) },
    ]);
  });
  setHandler(cancelUpdate, async ({ reason }) => {
    inbox.cancelReason ??= reason;
    // Answered when the main loop has decided, so that a completion accepted in the same activation still wins.
    await condition(() => life.end !== null);
    return life.end?.kind === 'cancelled' ? 'cancelling' : 'already-settled';
  });
  CancellationScope.current().cancelRequested.catch(() => {
    inbox.cancelReason ??= 'cancelled in Temporal';
  });
}

/** Lives until settled. A transition refused with STALE_RUN means that this run (a reset, say) must first take the item over. */
async function live(life: Life, brief: WorkBrief | undefined): Promise<WorkOutcome> {
  const { workId } = life;
  let admitted: AdmitResult = brief === undefined ? await ledger.admitWork({ workId }) : { kind: 'queued', brief };
  for (;;) {
    if (admitted.kind === 'already-settled') return (life.end = { kind: 'cancelled', reason: 'settled by an earlier run' });
    try {
      const end = admitted.kind === 'queued' ? await work(life, admitted.brief) : toEnd(admitted);
      return await settle(life, end);
    } catch (error) {
      if (!isStaleRun(error)) throw error;
      life.end = null;
      // A reset run still shows what the earlier one was at (the patch may go from 2027-08 on).
      if (patched('stale-run-waits')) showWaiting(null);
      admitted = await ledger.admitWork({ workId });
    }
  }
}

function toEnd(admitted: Extract<AdmitResult, { kind: 'cancel-requested' | 'forbidden' }>): WorkOutcome {
  return admitted.kind === 'forbidden'
    ? { kind: 'dead-lettered', reason: admitted.reason, failureClass: admitted.failureClass ?? 'fatal' }
    : { kind: 'cancelled', reason: admitted.reason };
}

async function work(life: Life, brief: WorkBrief): Promise<WorkOutcome> {
  for (;;) {
    const taken = await waitForSlot(life);
    if (taken === null) return endAskedFor(life.inbox);
    const outcome = await attemptUnlessEnded(life, brief, taken);
    if (outcome === 'ended') return endAskedFor(life.inbox);
    if (outcome.kind === 'completed') return toCompleted(life, outcome);
    const failure = toFailure(life, outcome);
    const next = failure === null ? again(REFUSED_DELAY_MS * life.refusals) : nextStep(life, { brief, taken, failure });
    if (next.kind === 'settle') return next.outcome;
    if (wantsEnd(life.inbox)) return endAskedFor(life.inbox);
    const ended = await requeue(life, failure ?? outcome, next.delayMs);
    if (ended !== undefined) return endedBefore(life, ended);
  }
}

/** The next slot that the ledger lets us take; null when the item is to end instead. */
async function waitForSlot(life: Life): Promise<TakenGrant | null> {
  for (;;) {
    await condition(() => life.inbox.grant !== null || wantsEnd(life.inbox));
    const { grant } = life.inbox;
    if (grant === null || wantsEnd(life.inbox)) return null;
    life.inbox.grant = null;
    // A repeated signal of a grant that was answered before.
    if (grant.fence <= life.fence) continue;
    const answer = grant.terms === undefined ? await ledger.takeGrant({ workId: life.workId, grant, newGuid: uuid4() }) : toTaken(grant, grant.terms);
    life.fence = grant.fence;
    if (answer.kind === 'taken') return answer;
  }
}

/** The ledger is told when the agent is awaited. */
function toTaken({ fence, choice }: Grant, terms: GrantTerms): TakenGrant {
  const agent =
    choice.kind === 'agent' ? ({ agentGuid: choice.agentGuid, session: 'running' } as const) : ({ agentGuid: uuid4(), session: 'to-start' } as const);
  return { kind: 'taken', fence, ...agent, ...terms };
}

async function attemptUnlessEnded(life: Life, brief: WorkBrief, taken: TakenGrant): Promise<AttemptOutcome | 'ended'> {
  showAttempt(taken, taken.fence === life.shownFence);
  const scope = new CancellationScope();
  let over = false;
  // When a result came in the same activation as the cancel, cancelling the scope no longer reaches it: the result wins.
  void condition(() => over || wantsEnd(life.inbox)).then(() => {
    scope.cancel();
  });
  const { workId } = life;
  const { projectId, limits } = brief;
  try {
    return await scope.run(() =>
      runAttempt({
        workId,
        projectId,
        fence: taken.fence,
        agentGuid: taken.agentGuid,
        idleTimeoutMs: limits.idleTimeoutMs,
        endsAtMs: Date.now() + limits.attemptTimeoutMs,
        nextAwaitNo: () => ++life.awaits,
      }),
    );
  } catch (error) {
    if (wantsEnd(life.inbox) && isCancellation(error)) return 'ended';
    throw error;
  } finally {
    over = true;
  }
}

function toFailure(life: Life, outcome: Exclude<AttemptOutcome, { kind: 'completed' }>): AttemptFailure | null {
  life.refusals = outcome.kind === 'refused' ? life.refusals + 1 : 0;
  if (outcome.kind === 'failed') return outcome;
  if (life.refusals < REFUSALS_MAX) return null;
  return { kind: 'failed', failureClass: 'recoverable', message: `refused ${String(life.refusals)} times in a row: ${outcome.reason}`, reportedByAgent: false };
}

function nextStep(life: Life, { brief, taken, failure }: { brief: WorkBrief; taken: TakenGrant; failure: AttemptFailure }): NextStep {
  const { failures, earlier } = life;
  const ofClass = (failures.get(failure.failureClass) ?? 0) + 1;
  failures.set(failure.failureClass, ofClass);
  life.earlier = withFailure(earlier, failure);
  return afterAttempt(
    failure,
    { attempts: taken.attempt, ofClass, earlier, acceptedAtMs: brief.acceptedAtMs, deadlineMs: deadlineMsOf(life, brief) },
    { limits: brief.limits, own: taken.retry, nowMs: Date.now(), random: Math.random() },
  );
}

function deadlineMsOf({ inbox: { change } }: Life, { deadlineMs }: WorkBrief): number | null {
  if (change === null) return deadlineMs;
  return change.deadline === null ? null : Date.parse(change.deadline);
}

function again(delayMs: number): NextStep {
  return { kind: 'retry', delayMs };
}

function toCompleted(life: Life, { settled, ...outcome }: Extract<AttemptOutcome, { kind: 'completed' }>): WorkOutcome {
  life.isSettled = settled === true;
  return outcome;
}

/** Its agent's report was quicker than what we had decided. */
function endedBefore(life: Life, ended: WorkOutcome): WorkOutcome {
  life.isSettled = true;
  return ended;
}

async function requeue(life: Life, outcome: Exclude<AttemptOutcome, { kind: 'completed' }>, delayMs: number): Promise<WorkOutcome | undefined> {
  const failure = outcome.kind === 'failed' ? outcome : null;
  const reason = outcome.kind === 'failed' ? `${outcome.failureClass}: ${outcome.message}` : outcome.reason;
  showWaiting({ failureClass: failure?.failureClass ?? 'refused', delayMs });
  const counted = failure !== null && isCounted(failure.failureClass);
  return ledger.requeueWork({ workId: life.workId, fence: life.fence, failure, delayMs, reason: reason.slice(0, 1024), counted });
}

async function settle(life: Life, end: WorkOutcome): Promise<WorkOutcome> {
  life.end = end;
  showEnd(end);
  const ended = life.isSettled ? undefined : await ledger.settleWork({ workId: life.workId, fence: life.fence, outcome: end });
  if (ended === undefined) return end;
  showEnd(ended);
  return (life.end = ended);
}

function wantsEnd(inbox: Inbox): boolean {
  return inbox.cancelReason !== null || inbox.expiry !== null;
}

function endAskedFor({ cancelReason, expiry }: Inbox): WorkOutcome {
  if (cancelReason !== null) return { kind: 'cancelled', reason: cancelReason };
  if (expiry?.rejection !== undefined) return { kind: 'dead-lettered', reason: expiry.rejection, failureClass: 'rejected' };
  const failedDependency = expiry?.failedDependency ?? null;
  return failedDependency === null
    ? { kind: 'dead-lettered', reason: 'the time for the item has run out', failureClass: 'deadline' }
    : { kind: 'dead-lettered', reason: failedDependency, failureClass: 'dependency' };
}

/** A local activity's failure comes as it was thrown; one that went through the server comes wrapped. */
function isStaleRun(error: unknown): boolean {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof ApplicationFailure && failure.type === 'STALE_RUN';
}
