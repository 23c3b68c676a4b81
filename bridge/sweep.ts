import type { Logger } from 'pino';
import { toSessionInput } from '../src/contract/session-input.ts';
import type { SessionClocks } from '../src/contract/session-input.ts';
import type { AgentGuid } from '../src/domain/ids.ts';
import { toRefusal } from '../src/domain/work/to-attempt-outcome.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { LeaseLedger, UntakenLease } from '../src/ports/ledger/lease-ledger.ts';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { WorkLedger } from '../src/ports/ledger/work-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { pause } from './pause.ts';

export interface SweeperDeps extends SessionClocks {
  readonly work: Pick<WorkLedger, 'findUnstarted' | 'recordStarted'>;
  readonly leases: Pick<LeaseLedger, 'findUntold' | 'findUntaken' | 'findUnleased'>;
  readonly sessions: Pick<SessionLedger, 'find'>;
  readonly bus: Pick<AgentBus, 'command'>;
  readonly engine: Pick<WorkEngine, 'startWork' | 'startSession' | 'completeAttempt' | 'awaitAnew'>;
  readonly logger: Logger;
  readonly intervalMs: number;
}

// Younger items are most likely being started by the api that accepted them, or with the slot that they are granted.
const OLDER_THAN_MS = 2000;
const ITEMS_MAX = 100;
const STARTED_AT_ONCE = 16;
// An agent takes what it is offered within moments; one that is only starting is not there to be asked.
const TAKEN_WITHIN_MS = 10_000;
const ASSIGN_TIMEOUT_MS = 2000;

// Writing a lease is the first thing that an await does.
const LEASED_WITHIN_MS = 10_000;

/**
 * Starts what was accepted but not started, goes on with what was answered but not told, has awaited anew what was awaited but not
 * leased, offers again what was leased but not handed over, and has the agents started for whom it was leased, because Temporal was
 * away or a process died in between; until `signal` aborts.
 */
export async function sweep(deps: SweeperDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweepOnce(deps, signal);
    } catch (error) {
      deps.logger.warn({ err: error }, 'unstarted work waits for the next sweep');
    }
    await pause(deps.intervalMs, signal);
  }
}

async function sweepOnce(deps: SweeperDeps, signal: AbortSignal): Promise<void> {
  const { leases, engine, logger } = deps;
  await startUnstarted(deps, signal);
  for (const { workId, taskToken } of await leases.findUntold({ limit: ITEMS_MAX })) {
    if (signal.aborted) return;
    const told = await engine.completeAttempt(taskToken, { kind: 'resumed' });
    if (told === 'done') logger.info({ workId }, 'went on with work whose question was answered before');
  }
  for (const workId of await leases.findUnleased({ olderThanMs: LEASED_WITHIN_MS, limit: ITEMS_MAX })) {
    if (signal.aborted) return;
    const renewed = await engine.awaitAnew(workId, LEASED_WITHIN_MS);
    if (renewed === 'done') logger.info({ workId }, 'an agent is awaited anew whose await was lost with its worker');
  }
  const untaken = await leases.findUntaken({ olderThanMs: TAKEN_WITHIN_MS, limit: ITEMS_MAX });
  await Promise.all(untaken.map((lease) => offerAgain(deps, lease)));
}

async function startUnstarted({ work, engine, logger }: SweeperDeps, signal: AbortSignal): Promise<void> {
  const items = await work.findUnstarted({ olderThanMs: OLDER_THAN_MS, limit: ITEMS_MAX });
  for (let begun = 0; begun < items.length && !signal.aborted; begun += STARTED_AT_ONCE) {
    await Promise.all(
      items.slice(begun, begun + STARTED_AT_ONCE).map(async (item) => {
        await engine.startWork(item);
        await work.recordStarted(item.id);
        logger.debug({ workId: item.id }, 'started work that was accepted before');
      }),
    );
  }
}

/** Under the same fence, so one that has it already only says so. Who is not there is its session's affair, once that is there. */
async function offerAgain(deps: SweeperDeps, { assignment, taskToken }: UntakenLease): Promise<void> {
  const { bus, engine, logger } = deps;
  const { workId, guid: agentGuid, fence } = assignment;
  const answer = await bus.command(assignment, { name: 'assign', assignment }, ASSIGN_TIMEOUT_MS);
  if (answer.kind !== 'reply') return supervise(deps, agentGuid);
  logger.info({ workId, agentGuid, fence, accepted: answer.reply.accepted }, 'offered work again that its agent had not claimed');
  const refusal = toRefusal(answer.reply);
  if (refusal !== null) await engine.completeAttempt(taskToken, refusal);
}

/** Idempotent by GUID. */
async function supervise({ sessions, engine, ...clocks }: SweeperDeps, guid: AgentGuid): Promise<void> {
  const session = await sessions.find(guid);
  if (session?.state === 'starting') await engine.startSession(toSessionInput(session, 'supervise', clocks));
}
