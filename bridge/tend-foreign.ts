import type { Logger } from 'pino';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { AgentInbox } from '../src/ports/agent-inbox.ts';
import type { ForeignHold } from '../src/domain/agents/foreign-hold.ts';
import type { ForeignLedger } from '../src/ports/ledger/foreign-ledger.ts';
import type { EndedLease } from '../src/ports/ledger/session-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import type { AttemptOutcome } from '../src/domain/work/outcome.ts';
import { pause } from './pause.ts';

export interface ForeignTenderDeps {
  readonly foreign: ForeignLedger;
  readonly inbox: Pick<AgentInbox, 'status'>;
  readonly bus: Pick<AgentBus, 'command'>;
  readonly engine: Pick<WorkEngine, 'completeAttempt' | 'wakeCoordinator'>;
  readonly logger: Logger;
  readonly intervalMs: number;
}

const LEASES_MAX = 200;
const COMMAND_TIMEOUT_MS = 1500;
// It was told at once when the item was taken from it.
const TOLD_AGAIN_MS = 1000;
const GONE = 'the agent has left, or was not heard of for 180 s';

/**
 * What a session does for the agents that we start: fails the attempts of those that have left, and asks those from whom an item
 * was taken until they say that they have stopped. Nobody ends them by force. Until `signal` aborts.
 */
export async function tendForeign(deps: ForeignTenderDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await failDeserted(deps);
      await stopWork(deps);
    } catch (error) {
      deps.logger.debug({ err: error }, 'agents that registered by themselves are looked after later');
    }
    await pause(deps.intervalMs, signal);
  }
}

async function failDeserted({ foreign, inbox, engine, logger }: ForeignTenderDeps): Promise<void> {
  const deserted = await foreign.listDeserted(LEASES_MAX);
  // A report that waits to be read may be the word of one of them.
  if (deserted.length === 0 || (await inbox.status()).reportsPending > 0) return;
  for (const lease of await foreign.listDeserted(LEASES_MAX)) {
    const { workId, fence, agentGuid } = lease;
    const answer = await engine.completeAttempt(lease.taskToken, toOutcome(lease));
    if (answer === 'done') logger.info({ workId, fence, agentGuid }, 'an agent that registered by itself is gone; its attempt has ended');
  }
}

function toOutcome({ untouched }: EndedLease): AttemptOutcome {
  if (untouched === true) return { kind: 'refused', reason: `${GONE}, before it took the item` };
  return { kind: 'failed', failureClass: 'lost', message: GONE, reportedByAgent: false };
}

async function stopWork(deps: ForeignTenderDeps): Promise<void> {
  const holds = await deps.foreign.listToStop({ notSinceMs: TOLD_AGAIN_MS, limit: LEASES_MAX });
  const stopped = await Promise.all(holds.map((hold) => hasStopped(deps, hold)));
  if (stopped.includes(true)) await deps.engine.wakeCoordinator();
}

async function hasStopped({ bus, foreign }: ForeignTenderDeps, hold: ForeignHold): Promise<boolean> {
  // It answers no question: it is told once, when the item is taken from it, and its own word or its silence is awaited.
  if (hold.protocol === 'warp') return false;
  const answer = await bus.command(hold, { name: 'cancel', workId: hold.workId, fence: hold.fence }, COMMAND_TIMEOUT_MS);
  if (answer.kind !== 'reply') return false;
  const { state, workId, fence } = answer.reply;
  if (state !== 'free' && workId === hold.workId && fence === hold.fence) return false;
  await foreign.recordAtRest(hold);
  return true;
}
