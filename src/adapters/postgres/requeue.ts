import { sql } from 'kysely';
import type { EventData } from '../../domain/events/event.ts';
import type { Fence } from '../../domain/ids.ts';
import type { AttemptFailure } from '../../domain/work/outcome.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { Aftermath, Writer } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent, findReply } from './append-events.ts';
import type { Tx } from './database.ts';
import { enqueueAgain } from './enqueue.ts';
import type { Place } from './enqueue.ts';
import { restForeign } from './foreign-ledger.ts';
import { boundedText } from './json.ts';
import { requireOwnItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { agentHasReported, nothingToTell, releaseHoldings } from './release-holdings.ts';
import { endOf } from './settle.ts';
import type { SlotRow } from './tables.ts';
import { present } from './to-work-item.ts';

export interface RequeueStep {
  readonly fence: Fence;
  readonly failure: AttemptFailure | null;
  readonly delayMs: number;
  readonly reason: string;
  readonly counted: boolean;
}

const TEXT_CHARS_MAX = 1024;

/** The try under `fence` is over and another follows. `failure` null: nothing was tried, the item only lost its slot. */
export async function requeue(tx: Tx, { writer, step }: { writer: Writer; step: RequeueStep }): Promise<Aftermath> {
  const item = await requireOwnItem(tx, writer);
  const type = step.failure === null ? 'work:queued' : 'work:attempt-failed';
  const key = `wf:${writer.runId}:${String(step.fence)}:${step.failure === null ? 'requeued' : 'attempt-failed'}`;
  const earlier = await findReply<Aftermath>(tx, key, type);
  if (earlier !== undefined) return earlier;
  if (isSettled(item.phase)) return { ...nothingToTell(item), ...(await endOf(tx, item)) };
  if (item.fence !== step.fence) return nothingToTell(item);
  const { slot, aftermath } = await releaseHoldings(tx, item, isAgentAtRest(item, step));
  if (step.failure === null && slot !== undefined) await restForeign(tx, slot);
  await waitAgain(tx, item, { step, wasAttempt: slot?.state === 'taken' });
  const data = { workId: item.id, taskId: item.task_id, retryInMs: step.delayMs, ...describeTry(step), ...describeSlot(slot) };
  const agent = present({ agentGuid: slot?.agent_guid });
  await appendEvent(tx, { key, type, entityType: 'work', entityId: item.id, projectId: item.project_id, fence: step.fence, data, reply: aftermath, ...agent });
  await enqueueAgain(tx, item, placeAfter(step));
  return aftermath;
}

/** An agent that reported its own end is free again, unless it said that it was told to leave. */
function isAgentAtRest(item: LockedItem, { failure, fence }: RequeueStep): boolean {
  if (failure?.failureClass === 'interrupted') return false;
  return failure?.reportedByAgent === true || agentHasReported(item, fence);
}

function placeAfter({ delayMs, counted }: RequeueStep): Place {
  return { delayMs, since: counted ? 'now' : 'offered' };
}

async function waitAgain(tx: Tx, item: LockedItem, { step, wasAttempt }: { step: RequeueStep; wasAttempt: boolean }): Promise<void> {
  const uncounted = wasAttempt && !step.counted ? 1 : 0;
  const interrupted = step.failure?.failureClass === 'interrupted' ? uncounted : 0;
  await tx
    .updateTable('work_items')
    .set({
      phase: 'waiting',
      reason: item.cancel_requested_at === null ? boundedText(step.reason, TEXT_CHARS_MAX) : 'cancel requested',
      attempts: sql<number>`greatest(attempts - ${uncounted}::int, 0)`,
      interruptions: sql<number>`interruptions + ${interrupted}::int`,
      assigned_to: null,
      assigned_at: null,
      progress: null,
      progress_message: null,
    })
    .where('id', '=', item.id)
    .execute();
}

function describeTry({ failure, reason, counted }: RequeueStep): EventData {
  if (failure === null) return { reason: boundedText(reason, TEXT_CHARS_MAX) };
  const { failureClass, code } = failure;
  return { failureClass, errorMessage: boundedText(failure.message, TEXT_CHARS_MAX), counted, ...(code === undefined ? {} : { code }) };
}

function describeSlot(slot: SlotRow | undefined): EventData {
  return slot === undefined ? {} : present({ attempt: slot.attempt, assignedTo: slot.agent_guid, targetId: slot.target_id });
}
