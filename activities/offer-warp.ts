import { CompleteAsyncError, heartbeat, sleep } from '@temporalio/activity';
import type { Assignment } from '../src/domain/agents/commands.ts';
import type { AwaitOutcome } from '../src/domain/work/outcome.ts';
import type { ForeignLedger } from '../src/ports/ledger/foreign-ledger.ts';
import type { WarpAgents } from '../src/ports/warp-agents.ts';

const OFFER_MS = 30_000;
const LOOK_MS = 500;
const REPEAT_LOOKS = 10;

/** Until somebody has taken the item, or the time is up; an offer that is not taken is withdrawn, whatever ends it. */
export async function offerInTheWayOfWarp(
  { foreign, warp }: { readonly foreign: Pick<ForeignLedger, 'lookAtOffer'>; readonly warp: Pick<WarpAgents, 'offer'> },
  assignment: Assignment,
): Promise<AwaitOutcome> {
  const begin = await foreign.lookAtOffer(assignment);
  if (begin.isClaimed) throw new CompleteAsyncError();
  let isShared = begin.mayShare;
  let offer = await warp.offer(assignment, isShared ? 'queue' : 'inbox');
  const endsAtMs = performance.now() + OFFER_MS;
  try {
    for (let looks = 1; performance.now() < endsAtMs; looks++) {
      heartbeat();
      await sleep(LOOK_MS);
      const { isClaimed, mayShare } = await foreign.lookAtOffer(assignment);
      if (isClaimed || (await offer.isTaken())) throw new CompleteAsyncError();
      if (isShared && !mayShare) {
        // Somebody came who may not see it.
        await offer.withdraw();
        isShared = false;
        offer = await warp.offer(assignment, 'inbox');
      }
      if (looks % REPEAT_LOOKS === 0) await offer.repeat();
    }
  } finally {
    await offer.withdraw();
  }
  return { kind: 'refused', reason: 'the agent did not take what it was offered' };
}
