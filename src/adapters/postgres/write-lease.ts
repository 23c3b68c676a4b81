import { sql } from 'kysely';
import type { Assignment } from '../../domain/agents/commands.ts';
import type { LeaseToWrite, WriteLeaseResult } from '../../ports/ledger/lease-ledger.ts';
import type { Writer } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Changes, NewEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { describeAgent, factsOf } from './describe-agent.ts';
import type { AgentFacts } from './describe-agent.ts';
import { findForeignOffer } from './foreign-agents.ts';
import type { LedgerContext } from './ledger-context.ts';
import { mayOwn } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { findPending } from './questions.ts';
import type { Pending } from './questions.ts';
import { runTokenOf } from './run-token.ts';
import type { SessionRow, SlotRow, WorkItemRow } from './tables.ts';
import { lockWithSlot, takeSlot, writeBegun } from './take-slot.ts';
import type { Begun, Held } from './take-slot.ts';
import { present } from './to-work-item.ts';

interface Awaiting {
  readonly writer: Writer;
  readonly lease: LeaseToWrite;
  readonly secret: Buffer;
  readonly context: LedgerContext;
}

/** A parked report first; else the lease, for the holder of the current slot only. A slot that was granted is taken with it. */
export async function writeLease(tx: Tx, awaiting: Awaiting): Promise<WriteLeaseResult> {
  const { writer, lease } = awaiting;
  const [{ item, slot, ...rest }, parked] = await Promise.all([
    lockWithSlot(tx, writer.workId),
    tx.selectFrom('parked_reports').select('report').where('work_id', '=', writer.workId).where('fence', '=', lease.fence).executeTakeFirst(),
  ]);
  if (item === undefined || !mayOwn(item, writer.runId)) return refused('the work item belongs to another run');
  if (item.cancel_requested_at !== null) return refused('the work item is to be cancelled');
  if (slot?.fence !== lease.fence) return refused('the slot is no longer held');
  if (slot.state === 'granted') return takeAndWrite(tx, { ...rest, item, slot }, awaiting);
  if (!isHeldBy(slot, lease)) return refused('the slot is no longer held');
  if (parked !== undefined) return { kind: 'parked', report: parked.report };
  return slot.target_id === null ? offerToForeign(tx, { item, slot }, awaiting) : assign(tx, { ...rest, item, slot }, awaiting);
}

async function takeAndWrite(tx: Tx, held: Held, awaiting: Awaiting): Promise<WriteLeaseResult> {
  const { context, secret, writer, lease } = awaiting;
  const taken = await takeSlot(tx, held, { runId: writer.runId, newGuid: lease.agentGuid, context });
  if (taken.kind === 'refused') return taken;
  const { slot, begun, protocol } = taken;
  const item = { ...held.item, run_id: writer.runId };
  // Under a fence that nobody held before there is no other lease, and no question.
  const [assignment] = await Promise.all([
    readAssignment(tx, { item, slot, secret }),
    taken.write(),
    putLease(tx, item, forHolder(awaiting, slot)),
    held.session === undefined ? writeBegun(tx, item, begun) : recordAssigned(tx, item, { slot, begun, agent: factsOf(held.session) }),
  ]);
  return { kind: 'written', assignment, ...present({ protocol }), ...(slot.kind === 'start' ? { toSupervise: true } : {}) };
}

/** The lease is that of the slot's agent, whomever the workflow knows. */
function forHolder({ lease, ...rest }: Awaiting, { agent_guid: guid }: SlotRow): Awaiting {
  return { ...rest, lease: { ...lease, agentGuid: guid ?? lease.agentGuid } };
}

async function assign(tx: Tx, { item, slot, session }: Held, awaiting: Awaiting): Promise<WriteLeaseResult> {
  const ended = endOf(session, slot);
  if (ended !== null) return ended;
  const written = await writeHeld(tx, { item, slot }, awaiting);
  if (written.kind !== 'written') return written;
  // One that is started for the item has it when it says so.
  if (item.phase === 'starting' && slot.kind === 'agent') await recordAssigned(tx, item, { slot });
  return session?.state === 'starting' ? { ...written, toSupervise: true } : written;
}

/** One that registered by itself has the item when it says so. */
async function offerToForeign(tx: Tx, held: Pick<Held, 'item' | 'slot'>, awaiting: Awaiting): Promise<WriteLeaseResult> {
  const itsOwn = forHolder(awaiting, held.slot);
  const offer = await findForeignOffer(tx, itsOwn.lease.agentGuid);
  if (offer === undefined) return refused('the agent has left');
  const written = await writeHeld(tx, held, itsOwn);
  return written.kind === 'written' ? { ...written, protocol: offer.protocol } : written;
}

/** The agent's question decides whether the idle clock of the lease runs. */
async function writeHeld(tx: Tx, { item, slot }: Pick<Held, 'item' | 'slot'>, awaiting: Awaiting): Promise<WriteLeaseResult> {
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
function isHeldBy(slot: SlotRow, { agentGuid }: LeaseToWrite): boolean {
  return slot.target_id === null || slot.agent_guid === agentGuid;
}

function refused(reason: string): WriteLeaseResult {
  return { kind: 'refused', reason };
}

/** Of an agent whose session ended before there was a lease to fail. */
function endOf(session: Pick<SessionRow, 'state' | 'end_cause' | 'end_message'> | undefined, slot: SlotRow): WriteLeaseResult | null {
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

export interface Assigned {
  readonly slot: Pick<SlotRow, 'fence' | 'agent_guid' | 'attempt'>;
  /** Of a slot that is taken at the same time. */
  readonly begun?: Begun;
  /** Absent = looked up. */
  readonly agent?: AgentFacts;
}

/** The agent of the slot has the item. */
export async function recordAssigned(tx: Tx, item: LockedItem, { slot, begun = {}, agent: known }: Assigned): Promise<void> {
  const agent = known ?? (await describeAgent(tx, slot.agent_guid));
  await appendEvent(tx, assignedEvent(item, slot, agent), { ...begun, phase: 'leased', reason: null, ...assignedColumns(slot) });
}

/** That the agent of the slot has the item. */
export function assignedEvent(item: LockedItem, slot: Assigned['slot'], agent: AgentFacts): NewEvent {
  return {
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
  };
}

/** What that changes in the item's row, besides its phase. */
export function assignedColumns({ agent_guid: assigned_to }: Assigned['slot']): Changes<'work_items'> {
  return { assigned_to, assigned_at: sql`now()` };
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
