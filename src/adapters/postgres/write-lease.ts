import { sql } from 'kysely';
import type { Assignment } from '../../domain/agents/commands.ts';
import type { LeaseToWrite, WriteLeaseResult } from '../../ports/ledger/lease-ledger.ts';
import type { Writer } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { describeAgent } from './describe-agent.ts';
import { findForeignOffer } from './foreign-agents.ts';
import { findActiveSlot, lockItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { findPending } from './questions.ts';
import type { Pending } from './questions.ts';
import { runTokenOf } from './run-token.ts';
import type { SlotRow, WorkItemRow } from './tables.ts';
import { present } from './to-work-item.ts';

interface Awaiting {
  readonly writer: Writer;
  readonly lease: LeaseToWrite;
  readonly secret: Buffer;
}

/** A parked report first; else the lease, for the holder of the current slot only. */
export async function writeLease(tx: Tx, { writer, lease, secret }: Awaiting): Promise<WriteLeaseResult> {
  const [item, slot, parked] = await Promise.all([
    lockItem(tx, writer.workId),
    findActiveSlot(tx, writer.workId),
    tx.selectFrom('parked_reports').select('report').where('work_id', '=', writer.workId).where('fence', '=', lease.fence).executeTakeFirst(),
  ]);
  if (item?.run_id !== writer.runId) return refused('the work item belongs to another run');
  if (item.cancel_requested_at !== null) return refused('the work item is to be cancelled');
  if (slot === undefined || !isHeldBy(slot, lease)) return refused('the slot is no longer held');
  if (parked !== undefined) return { kind: 'parked', report: parked.report };
  return slot.target_id === null ? offerToForeign(tx, { item, slot }, { writer, lease, secret }) : assign(tx, { item, slot }, { writer, lease, secret });
}

interface Held {
  readonly item: LockedItem;
  readonly slot: SlotRow;
}

async function assign(tx: Tx, held: Held, awaiting: Awaiting): Promise<WriteLeaseResult> {
  const ended = await findEndedSession(tx, held.slot, awaiting.lease);
  if (ended !== null) return ended;
  const written = await writeHeld(tx, held, awaiting);
  if (written.kind === 'written' && held.item.phase === 'starting') await recordAssigned(tx, held.item, held.slot);
  return written;
}

/** One that registered by itself has the item when it says so. */
async function offerToForeign(tx: Tx, held: Held, { lease, ...rest }: Awaiting): Promise<WriteLeaseResult> {
  const awaiting = { ...rest, lease: { ...lease, agentGuid: held.slot.agent_guid ?? lease.agentGuid } };
  const offer = await findForeignOffer(tx, awaiting.lease.agentGuid);
  if (offer === undefined) return refused('the agent has left');
  const written = await writeHeld(tx, held, awaiting);
  return written.kind === 'written' ? { ...written, protocol: offer.protocol } : written;
}

/** The agent's question decides whether the idle clock of the lease runs. */
async function writeHeld(tx: Tx, { item, slot }: Held, awaiting: Awaiting): Promise<WriteLeaseResult> {
  const { lease, secret } = awaiting;
  const pending = await findPending(tx, item, lease.fence);
  const instead = answerInstead(pending, lease);
  if (instead !== null) return instead;
  const [isOurs, assignment] = await Promise.all([putLease(tx, item, awaiting), readAssignment(tx, { item, slot, secret })]);
  if (!isOurs) return refused('a later await holds the lease');
  if (lease.questionId !== undefined) return { kind: 'waits-for-answer' };
  return { kind: 'written', assignment, ...(pending.kind === 'answered' ? { undelivered: pending } : {}) };
}

/** What an await is told that does not fit to where the agent's question stands; null when it fits. */
function answerInstead(pending: Pending, { questionId }: LeaseToWrite): WriteLeaseResult | null {
  if (pending.kind === 'failed') return { kind: 'unanswered', message: pending.message };
  if (pending.kind === 'asked') return pending.questionId === questionId ? null : pending;
  return questionId === undefined ? null : { kind: 'resumed' };
}

/** Of agents that registered by themselves another may have claimed the item than the one that it was meant for. */
function isHeldBy(slot: SlotRow, { fence, agentGuid }: LeaseToWrite): boolean {
  return slot.state === 'taken' && slot.fence === fence && (slot.target_id === null || slot.agent_guid === agentGuid);
}

function refused(reason: string): WriteLeaseResult {
  return { kind: 'refused', reason };
}

/** An agent whose session ended before there was a lease to fail. */
async function findEndedSession(tx: Tx, slot: SlotRow, { agentGuid }: LeaseToWrite): Promise<WriteLeaseResult | null> {
  const session = await tx.selectFrom('sessions').select(['state', 'end_cause', 'end_message']).where('guid', '=', agentGuid).executeTakeFirst();
  if (session?.state !== 'draining' && session?.state !== 'gone') return null;
  // A warm agent that left before it was told of the item is not a failed try.
  if (slot.kind === 'agent') return refused('the agent has left');
  return { kind: 'session-ended', cause: session.end_cause ?? 'stopped', message: session.end_message ?? 'the agent was stopped' };
}

/** False when the lease of a later await, or of the same one by another activity, is there. */
async function putLease(tx: Tx, item: LockedItem, { writer, lease }: Awaiting): Promise<boolean> {
  const row = {
    project_id: item.project_id,
    fence: lease.fence,
    run_id: writer.runId,
    await_no: lease.awaitNo,
    agent_guid: lease.agentGuid,
    task_token: Buffer.from(lease.taskToken),
    idle_timeout_ms: lease.idleTimeoutMs,
    question_id: lease.questionId ?? null,
    written_at: sql<Date>`now()`,
  };
  const written = await tx
    .insertInto('leases')
    .values({ work_id: item.id, ...row })
    .onConflict((conflict) =>
      conflict.column('work_id').doUpdateSet(row).where(sql<boolean>`(leases.fence, leases.await_no) < (excluded.fence, excluded.await_no)
          OR (leases.fence, leases.await_no, leases.task_token) = (excluded.fence, excluded.await_no, excluded.task_token)`),
    )
    .returning('work_id')
    .executeTakeFirst();
  return written !== undefined;
}

/** The agent of the slot has the item. */
export async function recordAssigned(tx: Tx, item: LockedItem, slot: Pick<SlotRow, 'fence' | 'agent_guid' | 'attempt'>): Promise<void> {
  const leased = tx
    .updateTable('work_items')
    .set({ phase: 'leased', reason: null, assigned_to: slot.agent_guid, assigned_at: sql<Date>`now()` })
    .where('id', '=', item.id)
    .execute();
  const [agent] = await Promise.all([describeAgent(tx, slot.agent_guid), leased]);
  await appendEvent(tx, {
    key: `wf:${item.run_id ?? ''}:${String(slot.fence)}:assigned`,
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type: 'work:assigned',
    data: {
      workId: item.id,
      taskId: item.task_id,
      ...agent,
      capability: item.capability,
      boundary: item.boundary,
      priority: item.priority,
      attempt: slot.attempt,
    },
    fence: slot.fence,
    ...present({ agentGuid: slot.agent_guid }),
  });
}

async function readAssignment(tx: Tx, { item: { id }, ...rest }: { item: LockedItem; slot: SlotRow; secret: Buffer }): Promise<Assignment> {
  const item = await tx.selectFrom('work_items').select(ASSIGNED_COLUMNS).where('id', '=', id).executeTakeFirstOrThrow();
  return toAssignment({ item, ...rest });
}

/** What an agent is told of an item. */
const ASSIGNED_COLUMNS = [
  'id',
  'project_id',
  'task_id',
  'capability',
  'boundary',
  'description',
  'context_data',
] as const satisfies readonly (keyof WorkItemRow)[];

/** What the agent of a slot that was taken is told. */
export function toAssignment({
  item,
  slot,
  secret,
}: {
  item: Pick<WorkItemRow, (typeof ASSIGNED_COLUMNS)[number]>;
  slot: Pick<SlotRow, 'agent_guid' | 'fence' | 'attempt'>;
  secret: Buffer;
}): Assignment {
  const guid = slot.agent_guid ?? '';
  return {
    workId: item.id,
    projectId: item.project_id,
    guid,
    fence: slot.fence,
    runToken: runTokenOf(secret, { workId: item.id, fence: slot.fence, guid }),
    attempt: slot.attempt ?? 1,
    taskId: item.task_id,
    capability: item.capability,
    boundary: item.boundary,
    description: item.description,
    ...present({ contextData: item.context_data }),
  };
}
