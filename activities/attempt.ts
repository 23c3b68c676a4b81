import { activityInfo, CompleteAsyncError, heartbeat, sleep } from '@temporalio/activity';
import type { AttemptActivities } from '../src/contract/activities.ts';
import type { AgentCommand, Assignment, CommandReply } from '../src/domain/agents/commands.ts';
import { toEndedAttempt } from '../src/domain/agents/session-end.ts';
import type { AwaitOutcome } from '../src/domain/work/outcome.ts';
import { judgeHarness } from '../src/domain/work/judge-silence.ts';
import { toAttemptOutcome, toRefusal } from '../src/domain/work/to-attempt-outcome.ts';
import type { AgentGuid, Fence, ProjectId, WorkId } from '../src/domain/ids.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { ForeignLedger } from '../src/ports/ledger/foreign-ledger.ts';
import type { LeaseLedger, UndeliveredAnswer, WriteLeaseResult } from '../src/ports/ledger/lease-ledger.ts';
import type { WarpAgents } from '../src/ports/warp-agents.ts';
import { askAround } from './agent-facts.ts';
import { offerInTheWayOfWarp } from './offer-warp.ts';
import { startSession } from './start-session.ts';
import type { StartSessionDeps } from './start-session.ts';

export interface AttemptDeps extends StartSessionDeps {
  readonly leases: LeaseLedger;
  readonly bus: AgentBus;
  readonly foreign: Pick<ForeignLedger, 'lookAtOffer' | 'findHolder'>;
  readonly warp: Pick<WarpAgents, 'offer'>;
}

const ASSIGN_TIMEOUT_MS = 2000;
// No session ends an offer that an agent which we did not start never takes.
const FOREIGN_OFFER_MS = 30_000;
const ASSIGN_RETRY_FIRST_MS = 50;
const ASSIGN_RETRY_MOST_MS = 1000;

/** Awaiting an agent, and judging one that has gone silent. */
export function createAttemptActivities(deps: AttemptDeps): AttemptActivities {
  const { leases, bus } = deps;
  return {
    awaitAgent: async ({ workId, fence, awaitNo, agentGuid, idleTimeoutMs, questionId }) => {
      const { taskToken, workflowExecution } = activityInfo();
      const writer = { workId, runId: workflowExecution?.runId ?? '' };
      const lease = await leases.writeLease(writer, { fence, awaitNo, agentGuid, taskToken, idleTimeoutMs, questionId });
      if (lease.kind === 'waits-for-answer') throw new CompleteAsyncError();
      if (lease.kind !== 'written') return toAwaitOutcome(lease);
      if (lease.toSupervise === true) await startSession(deps, agentGuid);
      if (lease.protocol === 'warp') return offerInTheWayOfWarp(deps, lease.assignment);
      const refusal = await handOver(bus, lease.assignment, lease.protocol === undefined ? Infinity : FOREIGN_OFFER_MS);
      if (refusal !== null) return refusal;
      if (lease.undelivered !== undefined) {
        await deliver(bus, lease.assignment, lease.undelivered);
        await leases.recordDelivered(workId, lease.undelivered.questionId);
      }
      throw new CompleteAsyncError();
    },
    judgeHarness: async ({ workId, fence, projectId, agentGuid, idleTimeoutMs }) => {
      // The agent first: a report that it sends while we ask is then seen in the ledger.
      const facts = await factsOf(deps, { projectId, guid: agentGuid }, { workId, fence, idleTimeoutMs });
      const reportParked = await leases.hasParkedReport(workId, fence);
      const questionPending = await leases.hasQuestion(workId, fence);
      return judgeHarness({ ...facts, reportParked, questionPending }, idleTimeoutMs);
    },
  };
}

/** What the workflow is told instead of awaiting the agent. */
function toAwaitOutcome(lease: Exclude<WriteLeaseResult, { kind: 'written' | 'waits-for-answer' }>): AwaitOutcome {
  switch (lease.kind) {
    case 'refused':
    case 'asked':
    case 'resumed':
      return lease;
    case 'parked':
      return toAttemptOutcome(lease.report);
    case 'session-ended':
      return toEndedAttempt(lease.cause, lease.message);
    case 'unanswered':
      return { kind: 'failed', failureClass: 'timeout', message: lease.message, reportedByAgent: false };
  }
}

interface SilentAttempt {
  readonly workId: WorkId;
  readonly fence: Fence;
  readonly idleTimeoutMs: number;
}

/** An agent that knows Warp's tools only answers no question: it is silent since it last reported, and there as long as the registry says so. */
async function factsOf({ bus, foreign }: AttemptDeps, agent: { projectId: ProjectId; guid: AgentGuid }, attempt: SilentAttempt) {
  const holder = await foreign.findHolder(attempt);
  if (holder?.protocol !== 'warp') return askAround(bus, agent, attempt);
  const bridge = await bus.bridgeStatus(ASSIGN_TIMEOUT_MS);
  const word = holder.isThere ? ({ kind: 'working', idleForMs: attempt.idleTimeoutMs } as const) : ({ kind: 'nobody' } as const);
  return { bridge, agent: word };
}

/**
 * Offers the assignment until the agent takes it (null), or says why not; then the activity stays open and is completed from
 * outside. While the agent is still starting or NATS is away it beats for itself; the session ends it when no agent comes, and
 * time when it has none.
 */
async function handOver(bus: AgentBus, assignment: Assignment, offeredForMs: number): Promise<AwaitOutcome | null> {
  const reply = await untilTold(bus, assignment, { command: { name: 'assign', assignment }, isEnough: () => true, endsAtMs: performance.now() + offeredForMs });
  if (reply === null) return { kind: 'refused', reason: 'the agent did not take what it was offered' };
  return toRefusal(reply);
}

/** Tells the agent the answer to its question. One that does not want it any more has gone on without. */
async function deliver(bus: AgentBus, { workId, fence, ...address }: Assignment, undelivered: UndeliveredAnswer): Promise<void> {
  const { questionId, answer } = undelivered;
  await untilTold(bus, address, { command: { name: 'answer', workId, fence, questionId, answer }, isEnough: isTaken, endsAtMs: Infinity });
}

/** One that could not write it down may do so later. */
function isTaken({ accepted, reason }: CommandReply): boolean {
  return accepted || reason === 'not-working-on-it' || reason === 'malformed';
}

interface Telling {
  readonly command: AgentCommand;
  readonly isEnough: (reply: CommandReply) => boolean;
  readonly endsAtMs: number;
}

/** The agent's reply; null when there was none in time. */
async function untilTold(bus: AgentBus, address: Pick<Assignment, 'projectId' | 'guid'>, telling: Telling): Promise<CommandReply | null> {
  for (let delayMs = ASSIGN_RETRY_FIRST_MS; ; delayMs = Math.min(ASSIGN_RETRY_MOST_MS, delayMs * 2)) {
    const answer = await bus.command(address, telling.command, ASSIGN_TIMEOUT_MS);
    if (answer.kind === 'reply' && telling.isEnough(answer.reply)) return answer.reply;
    if (performance.now() >= telling.endsAtMs) return null;
    // Not before the first offer, which most agents take: the clock has only begun.
    heartbeat();
    // One that is only starting says so as soon as it can be told something.
    await Promise.race([sleep(delayMs), bus.whenHeard(address, delayMs)]);
  }
}
