import { sql } from 'kysely';
import type { Fence } from '../../domain/ids.ts';
import type { AttemptFailure } from '../../domain/work/outcome.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { Aftermath, Writer } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent, findReply } from './append-events.ts';
import type { NewEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { enqueueAgain } from './enqueue.ts';
import { boundedText } from './json.ts';
import type { LedgerContext } from './ledger-context.ts';
import { requireOwnItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { agentHasReported, nothingToTell, releaseHoldings } from './release-holdings.ts';
import type { SlotRow } from './tables.ts';

export interface RequeueStep {
  readonly fence: Fence;
  readonly failure: AttemptFailure | null;
  readonly delayMs: number;
  readonly reason: string;
  readonly counted: boolean;
}

const REASON_CHARS_MAX = 1024;

/** The try under `fence` is over and another follows. `failure` null: nothing was tried, the item only lost its slot. */
export async function requeue(tx: Tx, { writer, step }: { writer: Writer; step: RequeueStep }, context: LedgerContext): Promise<Aftermath> {
  const item = await requireOwnItem(tx, writer);
  const type = step.failure === null ? 'work:queued' : 'work:attempt-failed';
  const key = `wf:${writer.runId}:${String(step.fence)}:${step.failure === null ? 'requeued' : 'attempt-failed'}`;
  const earlier = await findReply<Aftermath>(tx, key, type);
  if (earlier !== undefined) return earlier;
  if (isSettled(item.phase) || item.fence !== step.fence) return nothingToTell(item);
  const { slot, aftermath } = await releaseHoldings(tx, item, isAgentAtRest(item, step));
  await enqueueAgain(tx, item, {
    place: {
      delayMs: step.delayMs,
      since: step.counted ? 'now' : 'offered',
      lastFailedTargetId: step.failure?.failureClass === 'spin-up' ? (slot?.target_id ?? null) : null,
    },
    defaultPolicy: context.defaultPolicy,
  });
  const wasAttempt = slot?.state === 'taken';
  const uncounted = wasAttempt && !step.counted ? 1 : 0;
  const interrupted = step.failure?.failureClass === 'interrupted' ? uncounted : 0;
  await tx
    .updateTable('work_items')
    .set({
      phase: 'waiting',
      reason: item.cancel_requested_at === null ? boundedText(step.reason, REASON_CHARS_MAX) : 'cancel requested',
      attempts: sql<number>`greatest(attempts - ${uncounted}::int, 0)`,
      interruptions: sql<number>`interruptions + ${interrupted}::int`,
      assigned_to: null,
      assigned_at: null,
      progress: null,
      progress_message: null,
    })
    .where('id', '=', item.id)
    .execute();
  await appendEvent(tx, { ...toEvent(item, step, slot), key, type, reply: aftermath });
  return aftermath;
}

/** An agent that reported its own end is free again, unless it said that it was told to leave. */
function isAgentAtRest(item: LockedItem, { failure, fence }: RequeueStep): boolean {
  if (failure?.failureClass === 'interrupted') return false;
  return failure?.reportedByAgent === true || agentHasReported(item, fence);
}

function toEvent(item: LockedItem, step: RequeueStep, slot: SlotRow | undefined): Omit<NewEvent, 'key' | 'type'> {
  const { failure } = step;
  const common = {
    workId: item.id,
    taskId: item.task_id,
    attempt: slot?.attempt ?? item.attempts,
    assignedTo: slot?.agent_guid ?? null,
    retryInMs: step.delayMs,
  };
  const data =
    failure === null
      ? { ...common, reason: boundedText(step.reason, REASON_CHARS_MAX) }
      : {
          ...common,
          failureClass: failure.failureClass,
          errorMessage: boundedText(failure.message, REASON_CHARS_MAX),
          code: failure.code ?? null,
          counted: step.counted,
          targetId: slot?.target_id ?? null,
        };
  return {
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    data,
    fence: step.fence,
    ...(slot?.agent_guid == null ? {} : { agentGuid: slot.agent_guid }),
  };
}
