import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import { whyNotRetried } from '../../src/domain/work/batch-retry.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { ApiDeps } from '../deps.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from '../engine/nudge.ts';
import { startWork } from '../engine/start-work.ts';

/** Makes the row an accepted one again, then asks the engine for a new run; what the engine misses the sweeper starts. */
export async function retryWork(
  deps: ApiDeps,
  { workId, ...wish }: { workId: WorkId; deadline?: string | null; author: Author },
  log: FastifyBaseLogger,
): Promise<WorkItem> {
  const result = await deps.work.retry(workId, wish);
  switch (result.kind) {
    case 'not-found':
      throw new WeftError('NOT_FOUND', `There is no work item ${workId}.`);
    case 'not-failed':
    case 'deadline-passed': {
      const { status, phase } = result.item;
      throw new WeftError('CONFLICT', whyNotRetried(result.kind, result.item) ?? '', { details: { status, phase } });
    }
    case 'retried':
      await nudge(log.child({ workId }), {
        missed: 'an item to be driven again was not started at once; the sweeper starts it',
        call: () => startWork(deps, result.item, log),
        timeoutMs: ENGINE_WAIT_MS,
      });
      return result.item;
  }
}
