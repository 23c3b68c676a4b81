import { activityInfo, CompleteAsyncError, heartbeat, sleep } from '@temporalio/activity';
import type { SessionActivities, SessionTransitions } from '../src/contract/activities.ts';
import { WeftError } from '../src/domain/errors.ts';
import { toEndedAttempt } from '../src/domain/agents/session-end.ts';
import type { AgentGuid, ProjectId } from '../src/domain/ids.ts';
import { judgeRunner } from '../src/domain/work/judge-silence.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { DeploymentLedger } from '../src/ports/ledger/deployment-ledger.ts';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { askAround } from './agent-facts.ts';
import { wakeOwner } from './deployment.ts';

export interface SessionDeps {
  readonly sessions: SessionLedger;
  readonly deployments: Pick<DeploymentLedger, 'ownerOf'>;
  readonly engine: WorkEngine;
  readonly bus: AgentBus;
}

type Supervised = Parameters<SessionActivities['superviseAgent']>[0];

const STATUS_TIMEOUT_MS = 1000;
// It is heard as soon as it can be asked; only what it said in between is missed.
const STATUS_RETRY_MS = 500;
// Well below the start-to-close of a transition.
const SHUTDOWN_TIMEOUT_MS = 1000;
const SHUTDOWN_REASON_CHARS_MAX = 256;
/** The runner is there, the target's command not yet. */
const STARTING = 'starting';
const NEVER_TOOK_IT = 'the agent was gone before it took the item';

/** Supervising an agent that was started. */
export function createSessionActivities(deps: SessionDeps): SessionActivities {
  const { bus } = deps;
  return {
    superviseAgent: (input) => superviseFromHere(deps, input),
    judgeRunner: async ({ guid, projectId }) => judgeRunner(await askAround(bus, { projectId, guid }, null)),
  };
}

/** Makes the activity that is running the one that supervises the agent: it stays open, and is completed from outside. */
export async function superviseFromHere(
  { sessions, deployments, engine, bus }: SessionDeps,
  { guid, projectId, registerTimeoutMs }: Supervised,
): Promise<never> {
  const session = await sessions.recordSupervision(guid, activityInfo().taskToken);
  if (session?.state === 'starting') {
    await waitForRegistration(bus, { projectId, guid }, registerTimeoutMs);
    const { targetRecovered } = await sessions.recordRegistered(guid);
    if (targetRecovered) await engine.wakeCoordinator();
  }
  // One that is free already may be wanted by an item that waits.
  if (session?.workId === null) await Promise.allSettled([wakeOwner({ deployments, engine }, guid), engine.wakeCoordinator()]);
  throw new CompleteAsyncError();
}

async function waitForRegistration(bus: AgentBus, address: { projectId: string; guid: string }, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    heartbeat();
    const answer = await bus.command(address, { name: 'status' }, STATUS_TIMEOUT_MS);
    if (answer.kind === 'reply' && answer.reply.accepted) return;
    const reason = answer.kind === 'reply' ? (answer.reply.reason ?? '') : STARTING;
    if (reason !== STARTING) throw new WeftError('SPIN_UP_FAILED', `The agent ${address.guid} could not start its work: ${reason}`);
    await Promise.race([sleep(STATUS_RETRY_MS), bus.whenHeard(address, STATUS_RETRY_MS)]);
  }
  throw new WeftError(
    'SPIN_UP_FAILED',
    `The agent ${address.guid} was started but did not register within ${String(timeoutMs)} ms; see its output on the target.`,
  );
}

/** The writes of a session's workflow. */
export function createSessionTransitions({ sessions, deployments, engine, bus }: SessionDeps): SessionTransitions {
  return {
    endSession: async ({ guid, ...end }) => {
      const { cause, message } = end;
      const lease = await sessions.recordEnding(guid, end);
      await wakeOwner({ deployments, engine }, guid);
      if (lease === null) return;
      // An item that was given to a free agent which had died already (the host was switched off, say) loses no attempt by it.
      const outcome = lease.untouched === true ? ({ kind: 'refused', reason: NEVER_TOOK_IT } as const) : toEndedAttempt(cause, message);
      // `gone`: the attempt has ended otherwise meanwhile.
      await engine.completeAttempt(lease.taskToken, outcome);
    },
    recordGone: async ({ guid, givenUp }) => {
      if (givenUp === undefined) await sessions.recordGone(guid);
      else if ((await giveUp({ sessions, bus }, guid, givenUp)) === 'host-is-back') return 'host-is-back';
      await wakeOwner({ deployments, engine }, guid);
      await engine.wakeCoordinator();
      return undefined;
    },
  };
}

/** Its host may be away and the agent not: then it leaves when it hears this. One that hears nothing is stopped by its host, should that come back. */
async function giveUp(
  { sessions, bus }: Pick<SessionDeps, 'sessions' | 'bus'>,
  guid: AgentGuid,
  { projectId, reason }: { projectId: ProjectId; reason: string },
): Promise<'given-up' | 'host-is-back'> {
  const answer = await sessions.giveUp(guid);
  if (answer === 'given-up')
    await bus.command({ projectId, guid }, { name: 'shutdown', reason: reason.slice(0, SHUTDOWN_REASON_CHARS_MAX) }, SHUTDOWN_TIMEOUT_MS);
  return answer;
}
