import type { Logger } from 'pino';
import type { WorkLedger } from '../src/ports/ledger/work-ledger.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { pause } from './pause.ts';

export interface SweeperDeps {
  readonly work: Pick<WorkLedger, 'findUnstarted'>;
  readonly engine: Pick<WorkEngine, 'startWork'>;
  readonly logger: Logger;
  readonly intervalMs: number;
}

// Younger items are most likely being started by the api that accepted them.
const OLDER_THAN_MS = 2000;
const ITEMS_MAX = 100;

/** Starts what was accepted but not started, because Temporal was away or the api died in between; until `signal` aborts. */
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

async function sweepOnce({ work, engine, logger }: SweeperDeps, signal: AbortSignal): Promise<void> {
  const items = await work.findUnstarted({ olderThanMs: OLDER_THAN_MS, limit: ITEMS_MAX });
  for (const item of items) {
    if (signal.aborted) return;
    await engine.startWork(item);
    logger.info({ workId: item.id }, 'started work that was accepted before');
  }
}
