import { activityInfo, CompleteAsyncError, heartbeat, sleep } from '@temporalio/activity';
import type { AttemptActivities } from '../src/contract/activities.ts';
import type { Assignment } from '../src/domain/agents/commands.ts';
import { toEndedAttempt } from '../src/domain/agents/session-end.ts';
import type { AttemptOutcome } from '../src/domain/work/outcome.ts';
import { judgeHarness } from '../src/domain/work/judge-silence.ts';
import { toAttemptOutcome } from '../src/domain/work/to-attempt-outcome.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { LeaseLedger } from '../src/ports/ledger/lease-ledger.ts';
import { askAround } from './agent-facts.ts';

export interface AttemptDeps {
  readonly leases: LeaseLedger;
  readonly bus: AgentBus;
}

const ASSIGN_TIMEOUT_MS = 2000;
// No session ends an offer that an agent which we did not start never takes.
const FOREIGN_OFFER_MS = 30_000;
const ASSIGN_RETRY_FIRST_MS = 50;
const ASSIGN_RETRY_MOST_MS = 1000;

/** Awaiting an agent, and judging one that has gone silent. */
export function createAttemptActivities({ leases, bus }: AttemptDeps): AttemptActivities {
  return {
    awaitAgent: async ({ workId, fence, awaitNo, agentGuid, idleTimeoutMs }) => {
      const { taskToken, workflowExecution } = activityInfo();
      const writer = { workId, runId: workflowExecution?.runId ?? '' };
      const lease = await leases.writeLease(writer, { fence, awaitNo, agentGuid, taskToken, idleTimeoutMs });
      if (lease.kind === 'refused') return { kind: 'refused', reason: lease.reason };
      if (lease.kind === 'parked') return toAttemptOutcome(lease.report);
      if (lease.kind === 'session-ended') return toEndedAttempt(lease.cause, lease.message);
      return handOver(bus, lease.assignment, lease.protocol === undefined ? Infinity : FOREIGN_OFFER_MS);
    },
    judgeHarness: async ({ workId, fence, projectId, agentGuid, idleTimeoutMs }) => {
      // The agent first: a report that it sends while we ask is then seen in the ledger.
      const facts = await askAround(bus, { projectId, guid: agentGuid }, { workId, fence });
      const reportParked = await leases.hasParkedReport(workId, fence);
      return judgeHarness({ ...facts, reportParked }, idleTimeoutMs);
    },
  };
}

/**
 * Offers the assignment until the agent takes it; then the activity stays open and is completed from outside. While the agent
 * is still starting or NATS is away it beats for itself; the session ends it when no agent comes, and time when it has none.
 */
async function handOver(bus: AgentBus, assignment: Assignment, offeredForMs: number): Promise<AttemptOutcome> {
  const endsAtMs = performance.now() + offeredForMs;
  for (let delayMs = ASSIGN_RETRY_FIRST_MS; ; delayMs = Math.min(ASSIGN_RETRY_MOST_MS, delayMs * 2)) {
    heartbeat();
    const answer = await bus.command(assignment, { name: 'assign', assignment }, ASSIGN_TIMEOUT_MS);
    if (answer.kind === 'reply' && answer.reply.accepted) throw new CompleteAsyncError();
    if (answer.kind === 'reply') return { kind: 'refused', reason: `the agent did not take it: ${answer.reply.reason ?? 'no reason given'}` };
    if (performance.now() >= endsAtMs) return { kind: 'refused', reason: 'the agent did not take what it was offered' };
    await sleep(delayMs);
  }
}
