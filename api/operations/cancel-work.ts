import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { CancelAnswer } from '../../src/domain/work/outcome.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { WorkEngine } from '../../src/ports/work-engine.ts';
import type { ApiDeps } from '../deps.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';
import { nudge } from '../engine/nudge.ts';

export interface Cancellation {
  readonly outcome: CancelAnswer;
  readonly message: string;
  readonly workItem: WorkItem;
}

/** Writes the wish into the row first; from then on it holds, whatever the engine's answer is. */
export async function cancelWork(deps: ApiDeps, wish: { workId: string; reason: string; author: Author }, log: FastifyBaseLogger): Promise<Cancellation> {
  const requested = await deps.work.requestCancel(wish.workId, wish.reason, wish.author);
  switch (requested.kind) {
    case 'not-found':
      throw new WeftError('NOT_FOUND', `There is no work item ${wish.workId}.`);
    case 'already-settled':
      return settledBefore(requested.item);
    case 'requested': {
      const told = await nudge(log.child({ workId: wish.workId }), {
        missed: 'the workflow was not told of a cancel; the sweeper or the reconciler does it',
        call: () => askWorkflow(deps.engine, requested.item, wish.reason),
        timeoutMs: ENGINE_WAIT_MS,
      });
      // Settling takes moments when nothing runs yet, so the row may say more by now.
      const workItem = (await deps.work.find(wish.workId)) ?? requested.item;
      if (told === 'already-settled') return settledBefore(workItem);
      const later = told === undefined ? ' It is recorded, and takes effect when the workflow engine is back.' : '';
      return { outcome: 'cancelling', message: `Work item ${wish.workId} is being cancelled.${later}`, workItem };
    }
  }
}

/** What the workflow says; one that was never started is started, so that it settles the item, and asked again: it may not have heard of the wish. */
export async function askWorkflow(engine: Pick<WorkEngine, 'cancelWork' | 'startWork'>, item: WorkItem, reason: string): Promise<CancelAnswer> {
  const answer = await engine.cancelWork(item.id, reason);
  if (answer !== 'not-running') return answer;
  await engine.startWork(item);
  const again = await engine.cancelWork(item.id, reason);
  return again === 'already-settled' ? again : 'cancelling';
}

function settledBefore(workItem: WorkItem): Cancellation {
  return { outcome: 'already-settled', message: `Work item ${workItem.id} had already ended; nothing was cancelled (${workItem.status}).`, workItem };
}
