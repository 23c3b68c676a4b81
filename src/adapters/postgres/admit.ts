import { sql } from 'kysely';
import type { EventData } from '../../domain/events/event.ts';
import type { Classification, Needs } from '../../domain/work/classify.ts';
import { whyNotBefore } from '../../domain/work/check-times.ts';
import { rejectionOf } from '../../domain/work/approval.ts';
import type { AdmitResult, WorkBrief } from '../../domain/work/transition-results.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { WorkItem } from '../../domain/work/work-item.ts';
import type { Aftermath, Writer } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent, findReply } from './append-events.ts';
import type { Tx } from './database.ts';
import { timeBeginsMs } from './time-begins.ts';
import { lookAtDependencies } from './dependencies.ts';
import { classifyItem, enqueue } from './enqueue.ts';
import type { LedgerContext } from './ledger-context.ts';
import { cleanText } from './json.ts';
import { requireItem, staleRun } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { agentHasReported, nothingToTell, releaseHoldings } from './release-holdings.ts';
import type { SlotRow } from './tables.ts';
import { forgetUnstarted } from './unstarted-work.ts';
import { present } from './to-work-item.ts';

/** The reason until a round has found a better one. */
export const WAITS_FOR_SLOT = 'waits for a slot';

export interface Admission {
  readonly result: AdmitResult;
  readonly aftermath: Aftermath;
}

/** First write of a run whose item was not queued when it was submitted, or that takes over: makes the row its own, classifies, queues. */
export async function admit(tx: Tx, { writer, takeOver }: { writer: Writer; takeOver: boolean }, context: LedgerContext): Promise<Admission> {
  const item = await requireItem(tx, writer.workId);
  if (isSettled(item.phase)) return { result: { kind: 'already-settled' }, aftermath: nothingToTell(item) };
  if (item.run_id === writer.runId) return repeat(tx, { item, writer }, context);
  if (item.run_id === null) return begin(tx, { item, writer, aftermath: nothingToTell(item) }, context);
  if (!takeOver) throw staleRun(item, writer.runId);
  const { attempts, aftermath } = await takeOverFrom(tx, item, writer);
  return begin(tx, { item: { ...item, attempts }, writer, aftermath }, context);
}

/** The row is this run's by now: what was answered before, or, when that was a refusal, what the answer is now. */
async function repeat(tx: Tx, { item, writer }: { item: LockedItem; writer: Writer }, context: LedgerContext): Promise<Admission> {
  const aftermath = (await findReply<Aftermath>(tx, takenOverKey(writer), 'work:attempt-failed')) ?? nothingToTell(item);
  const queued = await findReply<AdmitResult>(tx, queuedKey(writer), 'work:queued');
  return queued === undefined ? begin(tx, { item, writer, aftermath }, context) : { result: queued, aftermath };
}

async function begin(
  tx: Tx,
  { item, writer, aftermath }: { item: LockedItem; writer: Writer; aftermath: Aftermath },
  context: LedgerContext,
): Promise<Admission> {
  const verdict = await judge(tx, item, context);
  const result: AdmitResult = verdict.kind === 'queued' ? { kind: 'queued', brief: toBrief(item) } : verdict;
  // Asked before anything is written: nobody would hear of a write that fails meanwhile.
  const queued = verdict.kind === 'queued' && !(await isPlaced(tx, item)) ? queueUp(tx, item, { verdict, writer, result }) : undefined;
  const reason = verdict.kind === 'queued' ? { reason: verdict.waits ?? WAITS_FOR_SLOT } : {};
  const owned = tx
    .updateTable('work_items')
    .set({ run_id: writer.runId, phase: 'waiting', ...reason })
    .where('id', '=', item.id)
    .execute();
  await Promise.all([owned, queued, forgetUnstarted(tx, item.id)]);
  return { result, aftermath };
}

/** Since it was submitted, and whatever has become of that; after another run was taken over, never. */
async function isPlaced(tx: Tx, { id, phase }: LockedItem): Promise<boolean> {
  if (phase !== 'waiting') return false;
  const { rows } = await sql`SELECT FROM queue WHERE work_id = ${id} UNION ALL SELECT FROM slots WHERE work_id = ${id} AND state <> 'released'`.execute(tx);
  return rows.length > 0;
}

async function queueUp(tx: Tx, item: LockedItem, { verdict, writer, result }: { verdict: Queued; writer: Writer; result: AdmitResult }): Promise<void> {
  const { rule, needs } = verdict.classification;
  const recorded = appendEvent(tx, {
    key: queuedKey(writer),
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type: 'work:queued',
    data: queuedData({ id: item.id, taskId: item.task_id, priority: item.priority }, { rule, needs, waits: verdict.waits }),
    reply: result,
  });
  // One that waits for others enters the queue when they have ended.
  const place = { delayMs: 0, since: 'offered' } as const;
  await Promise.all([recorded, ...(verdict.forOthers ? [] : [enqueue(tx, item, place)])]);
}

/** Of the event `work:queued`: what the item needs, by which rule, and why nothing is granted to it now (null = nothing speaks against it). */
export function queuedData(
  { id: workId, taskId, priority }: Pick<WorkItem, 'id' | 'taskId' | 'priority'>,
  { rule, needs, waits }: { readonly rule: string; readonly needs: Needs; readonly waits: string | null },
): EventData {
  return { workId, taskId: cleanText(taskId), priority, rule, needs, ...present({ reason: waits }) };
}

type Eligible = Extract<Classification, { kind: 'eligible' }>;
/** `waits`: why nothing is granted to it now, whatever room there is; null = nothing speaks against it. */
interface Queued {
  readonly kind: 'queued';
  readonly classification: Eligible;
  readonly waits: string | null;
  readonly forOthers: boolean;
}
type Verdict = Extract<AdmitResult, { kind: 'cancel-requested' | 'forbidden' }> | Queued;

async function judge(tx: Tx, item: LockedItem, { defaultPolicy }: LedgerContext): Promise<Verdict> {
  if (item.cancel_requested_at !== null) return { kind: 'cancel-requested', reason: item.cancel_reason ?? '' };
  // A person's no holds for every run of the item's workflow.
  const rejection = rejectionOf(item);
  if (rejection !== null) return { kind: 'forbidden', reason: rejection, failureClass: 'rejected' };
  const classification = await classifyItem(tx, item, defaultPolicy);
  if (classification.kind === 'forbidden') return { kind: 'forbidden', reason: classification.reason };
  const dependencies = await lookAtDependencies(tx, item);
  switch (dependencies.kind) {
    case 'failed':
      return { kind: 'forbidden', reason: dependencies.reason, failureClass: 'dependency' };
    case 'waits':
      return { kind: 'queued', classification, waits: dependencies.reason, forOthers: true };
    case 'ready':
      return { kind: 'queued', classification, waits: whyNotBefore(item.not_before?.getTime() ?? null, Date.now()), forOthers: false };
  }
}

function queuedKey({ runId }: Writer): string {
  return `wf:${runId}:0:queued`;
}

function takenOverKey({ runId }: Writer): string {
  return `wf:${runId}:0:taken-over`;
}

/** What an earlier run held is released, and its try is not counted. */
async function takeOverFrom(tx: Tx, item: LockedItem, writer: Writer): Promise<{ attempts: number; aftermath: Aftermath }> {
  const { slot, aftermath } = await releaseHoldings(tx, item, agentHasReported(item, item.fence));
  const interrupted = slot?.state === 'taken' ? 1 : 0;
  const attempts = Math.max(0, item.attempts - interrupted);
  await tx
    .updateTable('work_items')
    .set({
      reason: 'taken over by another run of its workflow',
      attempts,
      interruptions: sql<number>`interruptions + ${interrupted}::int`,
      assigned_to: null,
      assigned_at: null,
      progress: null,
      progress_message: null,
    })
    .where('id', '=', item.id)
    .execute();
  if (slot?.state === 'taken') await recordTakenOver(tx, item, { writer, slot, aftermath });
  return { attempts, aftermath };
}

async function recordTakenOver(tx: Tx, item: LockedItem, { writer, slot, aftermath }: { writer: Writer; slot: SlotRow; aftermath: Aftermath }): Promise<void> {
  await appendEvent(tx, {
    key: takenOverKey(writer),
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type: 'work:attempt-failed',
    data: {
      workId: item.id,
      taskId: item.task_id,
      attempt: slot.attempt,
      assignedTo: slot.agent_guid,
      failureClass: 'interrupted',
      errorMessage: 'another run of the workflow took the item over',
      counted: false,
    },
    fence: slot.fence,
    reply: aftermath,
  });
}

function toBrief(item: LockedItem): WorkBrief {
  return {
    projectId: item.project_id,
    capability: item.capability,
    boundary: item.boundary,
    limits: item.limits,
    acceptedAtMs: timeBeginsMs(item),
    // It may be changed at any time: the row is right, and the reconciler sees to it.
    deadlineMs: null,
    attempts: item.attempts,
  };
}
