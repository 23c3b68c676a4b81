import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';
import { rejectionText } from '../../src/domain/work/approval.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { LOCAL_ACTOR } from '../access/find-actor.ts';
import type { ApiDeps } from '../deps.ts';
import { nudge } from '../engine/nudge.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';
import { ENGINE_WAIT_MS } from '../limits.ts';

const WHY = {
  approved: 'was approved before',
  rejected: 'was rejected before',
  proceeded: 'went on because nobody decided in time',
  expired: 'was not decided about in time',
  'not-asked': 'waits for no approval',
} as const;

interface Decision {
  readonly item: WorkItem;
  readonly verdict: 'approved' | 'rejected';
  readonly reason: string | undefined;
  readonly author: Author;
}

/** Records the decision first; from then on it holds, and the coordinator or the reconciler acts on it if nobody is told now. */
export async function decideApproval(deps: ApiDeps, { item, ...decision }: Decision, log: FastifyBaseLogger): Promise<'decided' | 'joined'> {
  const { id: workId } = item;
  const namesCount = decision.author.name !== LOCAL_ACTOR;
  const result = await deps.work.decideApproval(workId, { ...decision, namesCount });
  switch (result.kind) {
    case 'not-found':
      throw new WeftError('NOT_FOUND', `There is no work item ${workId}.`);
    case 'own-item':
      throw new WeftError('FORBIDDEN', `Work item ${workId} was submitted with the same token; somebody else must approve it.`);
    case 'closed':
      throw new WeftError('APPROVAL_CLOSED', `Work item ${workId} ${WHY[result.state]}.`, { details: { state: result.state } });
    case 'decided':
    case 'joined':
      if (decision.verdict === 'approved') await wakeCoordinator(deps, log);
      else await tellRejected(deps, { workId, ...decision }, log);
      return result.kind;
  }
}

async function tellRejected(
  { engine }: ApiDeps,
  { workId, reason, author }: Pick<Decision, 'reason' | 'author'> & { workId: string },
  log: FastifyBaseLogger,
): Promise<void> {
  await nudge(log.child({ workId }), {
    missed: 'the workflow was not told of a rejection; the reconciler does it',
    call: () => engine.rejectWork(workId, rejectionText(author.name, reason ?? null)),
    timeoutMs: ENGINE_WAIT_MS,
  });
}
