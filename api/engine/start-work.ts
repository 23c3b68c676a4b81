import type { FastifyBaseLogger } from 'fastify';
import type { StartableWork } from '../../src/domain/work/startable-work.ts';
import type { ApiDeps } from '../deps.ts';

/** Has the engine start the workflow of an item that the ledger has; throws `ENGINE_UNAVAILABLE`. */
export async function startWork({ engine, work }: Pick<ApiDeps, 'engine' | 'work'>, item: StartableWork, log: FastifyBaseLogger): Promise<void> {
  await engine.startWork(item);
  // Not waited for: without it the sweeper starts the workflow again, which changes nothing.
  work.recordStarted(item.id).catch((err: unknown) => {
    log.warn({ err, workId: item.id }, 'the ledger was not told that a workflow was started; the sweeper looks after it');
  });
}
