import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { SlotActivities } from '../src/contract/activities.ts';
import { grantSignal, stopSessionSignal, wakeSignal } from '../src/contract/messages.ts';
import type { CoordinatorInput } from '../src/contract/messages.ts';
import { sessionWorkflowId, workWorkflowId } from '../src/contract/names.ts';
import type { AgentGuid } from '../src/domain/ids.ts';
import type { GrantRound, LedgerRound } from '../src/domain/scheduling/grant.ts';
import { TRANSITION } from './activity-options.ts';

const { grantSlots } = proxyLocalActivities<SlotActivities>(TRANSITION);

/**
 * Hands out slots, for ever: woken, or at least every `intervalMs`, it has one granting round made in the ledger, which
 * also tells the items. Most wakes go past it to a worker; it makes sure of what they miss. It holds no state: queue and slots are rows, an unanswered grant comes back in a later round.
 */
export async function coordinator(input: CoordinatorInput): Promise<void> {
  let dirty = true;
  setHandler(wakeSignal, () => {
    dirty = true;
  });
  // A run that continues another has no summary of its own: the details say whose it is.
  setCurrentDetails('Hands out slots; the queue and every decision are in the ledger.');

  const { roundsMax = Number.POSITIVE_INFINITY } = input;
  for (let rounds = 0; rounds < roundsMax && !workflowInfo().continueAsNewSuggested; rounds++) {
    dirty = false;
    const round: GrantRound & Partial<Untold> = await grantSlots();
    await tell(round);
    if (!round.more) await condition(() => dirty, Math.max(1, Math.min(input.intervalMs, round.lookAgainInMs ?? input.intervalMs)));
  }
  // The new run begins with a round, so a wake that is lost here is not missed.
  await continueAsNew<typeof coordinator>(input);
}

/** What the activity of an earlier version leaves to be told; since then it tells it itself (may go from 2027-08 on). */
type Untold = Pick<LedgerRound, 'grants'> & { readonly retire: readonly AgentGuid[] };

async function tell({ grants: granted = [], retire = [] }: Partial<Untold>): Promise<void> {
  const grants = granted.map(({ workId, ...grant }) => getExternalWorkflowHandle(workWorkflowId(workId)).signal(grantSignal, grant));
  const stops = retire.map((guid) => getExternalWorkflowHandle(sessionWorkflowId(guid)).signal(stopSessionSignal, { reason: 'idle' }));
  const results = await Promise.allSettled([...grants, ...stops]);
  const unheard = results.filter((result) => result.status === 'rejected').length;
  // Its workflow has ended meanwhile: the reconciler takes the slot or session back.
  if (unheard > 0) log.warn('some workflows could not be told of their grant', { unheard });
}
