import type { Logger } from 'pino';
import type { LeaseLedger } from '../src/ports/ledger/lease-ledger.ts';
import type { WorkLedger } from '../src/ports/ledger/work-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { pause } from './pause.ts';

export interface SweeperDeps {
  readonly work: Pick<WorkLedger, 'findUnstarted'>;
  readonly leases: Pick<LeaseLedger, 'findUntold'>;
  readonly engine: Pick<WorkEngine, 'startWork' | 'completeAttempt'>;
  readonly logger: Logger;
  readonly intervalMs: number;
}

// Younger items are most likely being started by the api that accepted them.
const OLDER_THAN_MS = 2000;
const ITEMS_MAX = 100;

/**
 * Starts what was accepted but not started, and goes on with what was answered but not told, because Temporal was away or the api
 * died in between; until `signal` aborts.
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

async function sweepOnce({ work, leases, engine, logger }: SweeperDeps, signal: AbortSignal): Promise<void> {
  const items = await work.findUnstarted({ olderThanMs: OLDER_THAN_MS, limit: ITEMS_MAX });
  for (const item of items) {
    if (signal.aborted) return;
    await engine.startWork(item);
    logger.info({ workId: item.id }, 'started work that was accepted before');
  }
  for (const { workId, taskToken } of await leases.findUntold({ limit: ITEMS_MAX })) {
    if (signal.aborted) return;
    const told = await engine.completeAttempt(taskToken, { kind: 'resumed' });
    if (told === 'done') logger.info({ workId }, 'went on with work whose question was answered before');
  }
}
