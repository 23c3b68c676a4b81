import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { WorkId } from '../../src/domain/ids.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { ApiDeps } from '../deps.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from '../engine/nudge.ts';

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
      throw new WeftError('CONFLICT', `Work item ${workId} is in ${result.item.status} state (${result.item.phase}); only a failed one is driven again.`, {
        details: { status: result.item.status, phase: result.item.phase },
      });
    case 'deadline-passed':
      throw new WeftError('CONFLICT', `The deadline of work item ${workId} has passed; give a new one, or null for none.`);
    case 'retried':
      await nudge(log.child({ workId }), {
        missed: 'an item to be driven again was not started at once; the sweeper starts it',
        call: () => deps.engine.startWork(result.item),
        timeoutMs: ENGINE_WAIT_MS,
      });
      return result.item;
  }
}
