import { sql } from 'kysely';
import type { TakeGrantResult } from '../../domain/work/transition-results.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { GrantToTake, Writer } from '../../ports/ledger/transition-ledger.ts';
import type { Tx } from './database.ts';
import { enqueueAgain } from './enqueue.ts';
import type { LedgerContext } from './ledger-context.ts';
import { requireOwnItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { releaseHoldings } from './release-holdings.ts';
import { lockWithSlot, takeSlot, writeBegun } from './take-slot.ts';
import type { Held } from './take-slot.ts';
import { present } from './to-work-item.ts';

/**
 * For runs that were told of their slot by an earlier version, which take it by itself (may go from 2027-08 on): takes the slot and, for a
 * start, writes the session's row; or refuses, gives the slot back and queues the item again.
 */
export async function takeGrant(tx: Tx, { writer, grant }: { writer: Writer; grant: GrantToTake }, context: LedgerContext): Promise<TakeGrantResult> {
  const item = await requireOwnItem(tx, writer);
  const { slot, ...rest } = await lockWithSlot(tx, writer.workId);
  if (slot?.grant_id !== grant.grantId) return { kind: 'refused', reason: 'the slot was released' };
  const held = { ...rest, item, slot };
  if (slot.state === 'taken') return toTaken(held);
  const taken = await takeSlot(tx, held, { runId: writer.runId, newGuid: grant.newGuid, context });
  if (taken.kind === 'refused') return refuse(tx, item, taken.reason);
  await Promise.all([taken.write(), writeBegun(tx, item, taken.begun)]);
  return toTaken({ ...held, slot: taken.slot });
}

async function refuse(tx: Tx, item: LockedItem, reason: string): Promise<TakeGrantResult> {
  await releaseHoldings(tx, item, false);
  if (!isSettled(item.phase) && item.cancel_requested_at === null) {
    await tx
      .updateTable('work_items')
      .set({ reason: `waits for a slot again: ${reason}`, updated_at: sql<Date>`now()` })
      .where('id', '=', item.id)
      .execute();
    await enqueueAgain(tx, item, { delayMs: 0, since: 'offered' });
  }
  return { kind: 'refused', reason };
}

function toTaken({ slot, target, ownPolicy }: Held): TakeGrantResult {
  return {
    kind: 'taken',
    fence: slot.fence,
    // Both are set when a slot is taken (a check of the table).
    attempt: slot.attempt ?? 0,
    agentGuid: slot.agent_guid ?? '',
    session: slot.kind === 'start' ? 'to-start' : 'running',
    targetName: target?.name ?? null,
    mechanism: target?.mechanism ?? null,
    ...present({ retry: ownPolicy?.retry }),
  };
}
