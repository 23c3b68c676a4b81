import { sql } from 'kysely';
import type { AgentGuid, Fence } from '../../domain/ids.ts';
import type { Aftermath } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { releaseForeign } from './foreign-ledger.ts';
import { findActiveSlot } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { withdrawQuestions } from './questions.ts';
import { agentSummary } from './to-session.ts';
import type { SessionRow, SlotRow } from './tables.ts';

export interface Release {
  /** The slot that was held; undefined when there was none. */
  readonly slot: SlotRow | undefined;
  readonly aftermath: Aftermath;
}

/**
 * Takes from an item all it holds, under its row lock: slot, lease, parked report, and its agent. The agent is free when it
 * was never told of the item, or (`agentAtRest`) has itself reported the end; else it is on its way out and must be stopped.
 */
export async function releaseHoldings(tx: Tx, item: LockedItem, agentAtRest: boolean): Promise<Release> {
  const leaving = tx
    .with('unparked', (cte) => cte.deleteFrom('parked_reports').where('work_id', '=', item.id))
    .deleteFrom('leases')
    .where('work_id', '=', item.id)
    .returning('fence');
  const [slot, , lease] = await Promise.all([findActiveSlot(tx, item.id), withdrawQuestions(item.id).execute(tx), leaving.executeTakeFirst()]);
  if (slot === undefined) return { slot, aftermath: nothingToTell(item) };
  const [stopSession] = await Promise.all([
    releaseAgent(tx, { item, slot, wasTold: lease?.fence === slot.fence, agentAtRest }),
    tx
      .updateTable('slots')
      .set({ state: 'released', updated_at: sql<Date>`now()` })
      .where('grant_id', '=', slot.grant_id)
      .execute(),
  ]);
  if (slot.agent_guid === null) return { slot, aftermath: nothingToTell(item) };
  const mayWork = lease?.fence === slot.fence && !agentAtRest;
  const stopForeign = slot.target_id === null ? await releaseForeign(tx, { item, slot, mayWork }) : null;
  const settledAgent = agentHasReported(item, slot.fence) ? { guid: slot.agent_guid, fence: slot.fence } : null;
  return { slot, aftermath: { ...nothingToTell(item), stopSession, settledAgent, stopForeign } };
}

/** The ledger took a final report of the agent under this fence. */
export function agentHasReported(item: LockedItem, fence: Fence): boolean {
  return fence > 0 && item.final_report_fence === fence;
}

export function nothingToTell(item: LockedItem): Aftermath {
  return { workId: item.id, projectId: item.project_id, stopSession: null, settledAgent: null };
}

interface Holding {
  readonly item: LockedItem;
  readonly slot: SlotRow;
  /** Whether a lease was ever written under the slot's fence; the agent hears of the item only after that. */
  readonly wasTold: boolean;
  readonly agentAtRest: boolean;
}

/** Frees the session or, also when somebody has asked for its end, sends it away; returns it when somebody must ask it to stop. */
async function releaseAgent(tx: Tx, { item, slot, wasTold, agentAtRest }: Holding): Promise<AgentGuid | null> {
  if (slot.agent_guid === null) return null;
  const session = await tx
    .selectFrom('sessions')
    .selectAll()
    .where('guid', '=', slot.agent_guid)
    .where('work_id', '=', item.id)
    .where('fence', '=', slot.fence)
    .where('state', 'in', ['starting', 'busy'])
    .forNoKeyUpdate()
    .executeTakeFirst();
  // Not one of ours, or already on its way out, or at other work.
  if (session === undefined) return null;
  const isWanted = session.shutdown_requested_at === null && !session.retire_when_free;
  if (session.state === 'busy' && isWanted && (agentAtRest || !wasTold)) {
    await freeSession(tx, session, slot);
    return null;
  }
  await tx
    .updateTable('sessions')
    .set({ state: 'draining', updated_at: sql<Date>`now()` })
    .where('guid', '=', session.guid)
    .execute();
  return session.guid;
}

async function freeSession(tx: Tx, session: SessionRow, slot: SlotRow): Promise<void> {
  const freed = tx
    .updateTable('sessions')
    .set({ state: 'free', free_since: sql<Date>`now()`, work_id: null, fence: null })
    .where('guid', '=', session.guid)
    .execute();
  const recorded = appendEvent(tx, {
    key: `slot:${slot.grant_id}:freed`,
    entityType: 'agent',
    entityId: session.guid,
    projectId: session.project_id,
    type: 'agent:updated',
    data: { agent: agentSummary(session), previousStatus: 'busy', newStatus: 'online', currentTaskCount: 0 },
    agentGuid: session.guid,
  });
  await Promise.all([freed, recorded]);
}
