import { activityInfo } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { WorkTransitions } from '../src/contract/activities.ts';
import { workWorkflowId } from '../src/contract/names.ts';
import { hasErrorCode } from '../src/domain/errors.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { ForeignHold } from '../src/domain/agents/foreign-hold.ts';
import type { Aftermath, TransitionLedger, Writer } from '../src/ports/ledger/transition-ledger.ts';
import type { WarpAgents } from '../src/ports/warp-agents.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { startSession } from './start-session.ts';
import type { StartSessionDeps } from './start-session.ts';

export interface TransitionDeps extends StartSessionDeps {
  readonly transitions: TransitionLedger;
  readonly engine: WorkEngine;
  readonly bus: AgentBus;
  readonly warp: Pick<WarpAgents, 'reject'>;
  readonly logger: Logger;
}

const SETTLED_TIMEOUT_MS = 2000;

/** The transitions of a work item: one ledger transaction each, then what others must be told of it (at least once). */
export function createWorkTransitions(deps: TransitionDeps): WorkTransitions {
  const { transitions, engine } = deps;
  return {
    admitWork: async ({ workId }) => {
      const writer = writerOf(workId);
      const { result, aftermath } = await admit(deps, writer);
      await tell(deps, aftermath, 'the work item was taken over by another run');
      if (result.kind === 'queued') await engine.wakeCoordinator();
      return result;
    },
    takeGrant: async ({ workId, grant, newGuid }) => {
      const result = await transitions.takeGrant(writerOf(workId), { grantId: grant.grantId, choice: grant.choice, newGuid });
      if (result.kind === 'taken' && result.session === 'to-start') await startSession(deps, result.agentGuid);
      if (result.kind === 'refused') await engine.wakeCoordinator();
      return result;
    },
    requeueWork: async ({ workId, ...step }) => {
      const aftermath = await transitions.requeue(writerOf(workId), step);
      await tell(deps, aftermath, step.reason);
      await engine.wakeCoordinator();
      return aftermath.ended;
    },
    settleWork: async ({ workId, ...end }) => {
      const aftermath = await transitions.settle(writerOf(workId), end);
      await tell(deps, aftermath, `the work item is ${end.outcome.kind}`);
      await engine.wakeCoordinator();
      return aftermath.ended;
    },
  };
}

function writerOf(workId: string): Writer {
  return { workId, runId: activityInfo().workflowExecution?.runId ?? '' };
}

/** A run that the row does not know takes over only when Temporal calls it the current one (after a reset, say). */
async function admit({ transitions, engine }: TransitionDeps, writer: Writer): ReturnType<TransitionLedger['admit']> {
  try {
    return await transitions.admit(writer, false);
  } catch (error) {
    if (!hasErrorCode(error, 'STALE_RUN')) throw error;
    const current = await engine.describe(workWorkflowId(writer.workId));
    if (current.kind !== 'running' || current.runId !== writer.runId) throw error;
    return transitions.admit(writer, true);
  }
}

async function stopAtWork({ bus, warp }: Pick<TransitionDeps, 'bus' | 'warp'>, hold: ForeignHold, reason: string): Promise<void> {
  const { workId, fence } = hold;
  if (hold.protocol === 'weft') await bus.command(hold, { name: 'cancel', workId, fence }, SETTLED_TIMEOUT_MS);
  // Best effort: an agent that does not read its messages works in vain, and its report is refused.
  else await warp.reject(hold, reason).catch(() => undefined);
}

async function tell({ engine, bus, warp, logger }: TransitionDeps, aftermath: Aftermath, reason: string): Promise<void> {
  const { projectId, stopSession, settledAgent, stopForeign = null } = aftermath;
  // A session whose workflow has ended is the reconciler's.
  if (stopSession !== null && (await engine.stopSession(stopSession, reason)) === 'not-running') {
    logger.warn({ agentGuid: stopSession }, 'session to stop is not running');
  }
  // Neither waited for: the bridge tells it again, and takes its word.
  if (stopForeign !== null) void stopAtWork({ bus, warp }, stopForeign, reason);
  if (settledAgent === null) return;
  const { guid, fence } = settledAgent;
  // Not waited for: an agent that misses it resends its report, and the bridge tells it again.
  void bus.command({ projectId, guid }, { name: 'settled', workId: aftermath.workId, fence }, SETTLED_TIMEOUT_MS);
}
