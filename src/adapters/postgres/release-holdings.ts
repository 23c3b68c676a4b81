import { sql } from 'kysely';
import type { AgentGuid, Fence, WorkId } from '../../domain/ids.ts';
import type { Aftermath } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { describeAgent, factsOf } from './describe-agent.ts';
import type { AgentFacts } from './describe-agent.ts';
import { releaseForeign } from './foreign-ledger.ts';
import { lockSlot } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { withdrawQuestions } from './questions.ts';
import { agentSummary } from './to-session.ts';
import type { SessionRow, SlotRow } from './tables.ts';

export interface Release {
  /** The slot that was held; undefined when there was none. */
  readonly slot: SlotRow | undefined;
  /** Whose it was. */
  readonly agent: AgentFacts;
  readonly aftermath: Aftermath;
}

/**
 * Takes from an item all it holds, under its row lock: slot, lease, parked report, place in the queue, and its agent. The agent is free when it
 * was never told of the item, or (`agentAtRest`) has itself reported the end; else it is on its way out and must be stopped.
 */
export async function releaseHoldings(tx: Tx, item: LockedItem, agentAtRest: boolean): Promise<Release> {
  const [{ slot, session }, lease] = await Promise.all([lockSlot(tx, item.id), withdraw(tx, item.id)]);
  if (slot === undefined) return { slot, agent: {}, aftermath: nothingToTell(item) };
  const [agent, stopSession] = await Promise.all([
    session === undefined ? describeAgent(tx, slot.agent_guid) : factsOf(session),
    releaseAgent(tx, { slot, session, wasTold: lease?.fence === slot.fence, agentAtRest }),
    tx
      .updateTable('slots')
      .set({ state: 'released', updated_at: sql<Date>`now()` })
      .where('grant_id', '=', slot.grant_id)
      .execute(),
  ]);
  if (slot.agent_guid === null) return { slot, agent, aftermath: nothingToTell(item) };
  const mayWork = lease?.fence === slot.fence && !agentAtRest;
  const stopForeign = slot.target_id === null ? await releaseForeign(tx, { item, slot, mayWork }) : null;
  const settledAgent = agentHasReported(item, slot.fence) ? { guid: slot.agent_guid, fence: slot.fence } : null;
  return { slot, agent, aftermath: { ...nothingToTell(item), stopSession, settledAgent, stopForeign } };
}

/** Nothing of these is of any use to the item any more. */
async function withdraw(tx: Tx, workId: WorkId): Promise<{ readonly fence: Fence } | undefined> {
  const { rows } = await sql<{ fence: Fence }>`
    WITH unparked AS (DELETE FROM parked_reports WHERE work_id = ${workId}), unqueued AS (DELETE FROM queue WHERE work_id = ${workId}),
      withdrawn AS (${withdrawQuestions(workId)})
    DELETE FROM leases WHERE work_id = ${workId} RETURNING fence`.execute(tx);
  return rows[0];
}

/** The ledger took a final report of the agent under this fence. */
export function agentHasReported(item: LockedItem, fence: Fence): boolean {
  return fence > 0 && item.final_report_fence === fence;
}

export function nothingToTell(item: LockedItem): Aftermath {
  return { workId: item.id, projectId: item.project_id, stopSession: null, settledAgent: null };
}

interface Holding {
  readonly slot: SlotRow;
  /** Of the slot's agent; undefined for one that registered by itself. */
  readonly session: SessionRow | undefined;
  /** Whether a lease was ever written under the slot's fence; the agent hears of the item only after that. */
  readonly wasTold: boolean;
  readonly agentAtRest: boolean;
}

/** Frees the session or, also when somebody has asked for its end, sends it away; returns it when somebody must ask it to stop. */
async function releaseAgent(tx: Tx, { slot, session, wasTold, agentAtRest }: Holding): Promise<AgentGuid | null> {
  // Not one of ours, or at other work, or already on its way out.
  if (session === undefined || !isHeldFor(session, slot)) return null;
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

function isHeldFor({ state, work_id: workId, fence }: SessionRow, slot: SlotRow): boolean {
  return (state === 'starting' || state === 'busy') && workId === slot.work_id && fence === slot.fence;
}

async function freeSession(tx: Tx, session: SessionRow, slot: SlotRow): Promise<void> {
  const freed = {
    key: `slot:${slot.grant_id}:freed`,
    entityType: 'agent',
    entityId: session.guid,
    projectId: session.project_id,
    type: 'agent:updated',
    data: { agent: agentSummary(session), previousStatus: 'busy', newStatus: 'online', currentTaskCount: 0 },
    agentGuid: session.guid,
  } as const;
  await appendEvent(tx, freed, { state: 'free', free_since: sql`now()`, work_id: null, fence: null });
}
