import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { STARTING } from '../src/contract/activities.ts';
import type { HostActivities, SessionActivities, SessionTransitions } from '../src/contract/activities.ts';
import { stopSessionSignal } from '../src/contract/messages.ts';
import { TASK_QUEUES } from '../src/contract/names.ts';
import type { AgentSessionInput } from '../src/domain/agents/session-input.ts';
import { isPassing } from '../src/domain/errors.ts';
import { JUDGE, LONGEST_ACTIVITY, TRANSITION } from './activity-options.ts';

const ledger = proxyLocalActivities<SessionTransitions>(TRANSITION);
const { judgeRunner } = proxyActivities<SessionActivities>({ taskQueue: TASK_QUEUES.activities, ...JUDGE, summary: 'is its runner really silent?' });

const OUR_TROUBLE_DELAY_MS = 1000;
const OUR_TROUBLE_DELAY_MS_MAX = 30_000;
// A host that is away gets this long; then the item tries elsewhere.
const HOST_AWAY = '5 minutes';
// Failures of a start that no other try on this target mends.
const FINAL: readonly string[] = ['TARGET_MISCONFIGURED', 'SPIN_UP_REFUSED', 'SPIN_UP_CANCELLED'];
// Longer than the longest grace; that it is at work at all, its heartbeats say.
const LONGEST_STOP = '2 hours';

interface End {
  readonly cause: 'spin-up-failed' | 'start-refused' | 'lost' | 'left' | 'stopped' | 'host-gone';
  readonly message: string;
}

/** Why its host is gone, as soon as somebody has said so; null = its host can be asked. */
interface HostWord {
  goneBecause: string | null;
}

const NOT_WANTED: End = { cause: 'stopped', message: 'no longer wanted when it was to be started' };
const LEFT: End = { cause: 'left', message: 'the agent has left by itself' };

/**
 * The supervision of one agent, and the only user of its handle: starting → ready (supervised by heartbeats) → told to stop,
 * lost, or left by itself → stopped and verified gone; or given up, when its host was declared gone.
 */
export async function agentSession(input: AgentSessionInput): Promise<void> {
  let stopReason: string | null = input.mode === 'reap' ? 'its supervision was ended by an operator' : null;
  const host: HostWord = { goneBecause: null };
  setHandler(stopSessionSignal, ({ reason, hostGone }) => {
    stopReason ??= reason;
    if (hostGone === true) host.goneBecause ??= reason;
  });
  CancellationScope.current().cancelRequested.catch(() => {
    stopReason ??= 'cancelled in Temporal';
  });

  await CancellationScope.nonCancellable(async () => {
    const scope = new CancellationScope();
    let over = false;
    void condition(() => over || stopReason !== null).then(() => {
      scope.cancel();
    });
    const end = await superviseUntilEnd(input, scope, () =>
      host.goneBecause === null ? { cause: 'stopped', message: stopReason ?? 'asked to stop' } : { cause: 'host-gone', message: host.goneBecause },
    );
    over = true;
    await wind(input, end, host);
  });
}

async function superviseUntilEnd(input: AgentSessionInput, scope: CancellationScope, whyStopped: () => End): Promise<End> {
  if (input.mode === 'reap') return whyStopped();
  try {
    return await scope.run(() => supervise(input));
  } catch (error) {
    if (isCancellation(error)) return whyStopped();
    if (error instanceof ActivityFailure) return { cause: isRefusal(error) ? 'start-refused' : 'spin-up-failed', message: messageOf(error) };
    throw error;
  }
}

async function supervise(input: AgentSessionInput): Promise<End> {
  // A run that continues another has no summary of its own: the details say for whom it is, too.
  const whose = `${input.targetName}${input.workId === null ? '' : `, started for work-${input.workId}`}`;
  const outcome = patched('start-in-one') ? await superviseInOne(input, whose) : 'start';
  if (outcome === 'start' && (await startAgain(input, whose)) === 'not-wanted') return NOT_WANTED;
  if (outcome !== 'start' && outcome !== 'watch') return outcome;
  setCurrentDetails(`Supervised on ${whose}.`);
  return watch(input);
}

/** Step by step: finds what was started, which may be at work while our own side is in trouble; that is waited for. */
async function startAgain(input: AgentSessionInput, whose: string): Promise<'started' | 'not-wanted'> {
  setCurrentDetails(`Starting on ${whose}.`);
  const host = proxyActivities<HostActivities>({
    taskQueue: input.hostQueue,
    summary: `starts it on ${input.targetName}`,
    startToCloseTimeout: '60s',
    // A worker that was killed in the middle: the next try finds what was started.
    heartbeatTimeout: '15s',
    scheduleToStartTimeout: HOST_AWAY,
    // A start that is under way meets the tombstone of the stop.
    cancellationType: 'TRY_CANCEL',
    retry: {
      maximumAttempts: 3,
      initialInterval: '500ms',
      backoffCoefficient: 2,
      nonRetryableErrorTypes: [...FINAL],
    },
  });
  for (let delayMs = OUR_TROUBLE_DELAY_MS; ; delayMs = Math.min(OUR_TROUBLE_DELAY_MS_MAX, delayMs * 2)) {
    try {
      return await host.spinUp({ guid: input.guid });
    } catch (error) {
      if (!isOurTrouble(error) || !patched('start-outlasts-our-trouble')) throw error;
    }
    await sleep(delayMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof agentSession>(input);
  }
}

/**
 * The usual case in one activity, which costs the history a third less. `start`: something went wrong that says nothing of the agent
 * (a worker that died in the middle, a ledger that was away), and the start is looked at step by step. `watch`: the agent is there, only
 * our own side was deaf; its host, whose worker may have died, is not needed for it.
 */
async function superviseInOne(input: AgentSessionInput, whose: string): Promise<End | 'start' | 'watch'> {
  const { guid, projectId, registerTimeoutMs } = input;
  setCurrentDetails(`Starts on ${whose}, or is supervised there.`);
  const { startAgent } = proxyActivities<HostActivities>({
    taskQueue: input.hostQueue,
    summary: `starts it on ${input.targetName}; then open for as long as its runner beats`,
    startToCloseTimeout: LONGEST_ACTIVITY,
    heartbeatTimeout: input.lostTimeoutMs,
    scheduleToStartTimeout: HOST_AWAY,
    cancellationType: 'TRY_CANCEL',
    retry: { maximumAttempts: 1 },
  });
  try {
    return (await startAgent({ guid, projectId, registerTimeoutMs })) === 'not-wanted' ? NOT_WANTED : LEFT;
  } catch (error) {
    if (isCancellation(error) || isStartFailure(error)) throw error;
    if (!isTimeout(error) || wasStarting(error)) return 'start';
  }
  const verdict = await judgeRunner({ guid, projectId });
  if (verdict.kind !== 'await-again') return { cause: 'lost', message: verdict.message };
  return patched('watch-without-host') ? 'watch' : 'start';
}

/** Returns when the agent has left or is lost; a deaf moment of our own side only begins the watch again. */
async function watch(input: AgentSessionInput): Promise<End> {
  const { guid, projectId, registerTimeoutMs } = input;
  const activities = proxyActivities<SessionActivities>({
    taskQueue: TASK_QUEUES.activities,
    startToCloseTimeout: LONGEST_ACTIVITY,
    heartbeatTimeout: input.lostTimeoutMs,
    summary: 'open for as long as its runner beats',
    retry: { maximumAttempts: 1 },
    // It is open on our side only: nobody is there who would acknowledge a cancel.
    cancellationType: 'TRY_CANCEL',
  });
  for (;;) {
    try {
      await activities.superviseAgent({ guid, projectId, registerTimeoutMs });
      return LEFT;
    } catch (error) {
      if (isCancellation(error) || isSpinUpFailure(error)) throw error;
      if (!isTimeout(error)) {
        // The ledger was away, or a worker stopped in the middle: our side's trouble, not the agent's.
        await sleep(OUR_TROUBLE_DELAY_MS);
        continue;
      }
    }
    const verdict = await judgeRunner({ guid, projectId });
    if (verdict.kind !== 'await-again') return { cause: 'lost', message: verdict.message };
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof agentSession>(input);
  }
}

/** Out of the ledger's use, stopped by handle until verified, then gone; a host that is away is waited for, until somebody says that it is gone. */
async function wind(input: AgentSessionInput, end: End, host: HostWord): Promise<void> {
  const { guid, projectId } = input;
  setCurrentDetails(`Stopping: ${end.message}`);
  await ledger.endSession({ guid, ...end });
  while (host.goneBecause !== null || !(await stopOnHost(input, end, host))) {
    const reason = host.goneBecause ?? end.message;
    if ((await ledger.recordGone({ guid, givenUp: { projectId, reason } })) !== 'host-is-back') {
      setCurrentDetails(`Given up: ${reason}`);
      return;
    }
    host.goneBecause = null;
  }
  await ledger.recordGone({ guid });
  setCurrentDetails(`Gone: ${end.message}`);
}

/** False when its host was declared gone before it answered. */
async function stopOnHost({ guid, projectId, hostQueue }: AgentSessionInput, { message }: End, host: HostWord): Promise<boolean> {
  const { stopAgent } = proxyActivities<HostActivities>({
    taskQueue: hostQueue,
    summary: 'asked, then killed, until it is verified gone',
    startToCloseTimeout: LONGEST_STOP,
    heartbeatTimeout: '30s',
    // Nobody may be there who would acknowledge a cancel.
    cancellationType: 'TRY_CANCEL',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  });
  const scope = new CancellationScope();
  let over = false;
  void condition(() => over || host.goneBecause !== null).then(() => {
    if (!over) scope.cancel();
  });
  try {
    await scope.run(() => stopAgent({ guid, projectId, reason: message }));
    return true;
  } catch (error) {
    if (isCancellation(error)) return false;
    throw error;
  } finally {
    over = true;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.timeoutType !== 'SCHEDULE_TO_START';
}

/** A start that has failed for good: its own tries are used up, or no host took it. */
function isStartFailure(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  if (error.cause instanceof TimeoutFailure) return !isTimeout(error);
  return error.cause instanceof ApplicationFailure && (error.cause.type === 'SPIN_UP_FAILED' || FINAL.includes(error.cause.type ?? ''));
}

/** Its worker died before the agent was supervised. */
function wasStarting(error: unknown): boolean {
  return error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.lastHeartbeatDetails === STARTING;
}

function isSpinUpFailure(error: unknown): boolean {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === 'SPIN_UP_FAILED';
}

function isOurTrouble(error: unknown): boolean {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && isPassing(error.cause.type);
}

function isRefusal({ cause }: ActivityFailure): boolean {
  return cause instanceof ApplicationFailure && cause.type === 'SPIN_UP_REFUSED';
}

function messageOf(failure: ActivityFailure): string {
  const { cause } = failure;
  if (cause instanceof TimeoutFailure) return `the start took too long (${String(cause.timeoutType)})`;
  return cause instanceof ApplicationFailure ? cause.message : failure.message;
}
