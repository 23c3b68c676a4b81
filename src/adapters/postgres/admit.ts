import { sql } from 'kysely';
import type { AdmitResult, WorkBrief } from '../../domain/work/transition-results.ts';
import { isSettled } from '../../domain/work/work-item.ts';
import type { Aftermath, Writer } from '../../ports/ledger/transition-ledger.ts';
import { appendEvent, findReply } from './append-events.ts';
import type { Tx } from './database.ts';
import { classifyItem, enqueue } from './enqueue.ts';
import type { LedgerContext } from './ledger-context.ts';
import { requireItem, staleRun } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { agentHasReported, nothingToTell, releaseHoldings } from './release-holdings.ts';

export interface Admission {
  readonly result: AdmitResult;
  readonly aftermath: Aftermath;
}

/** First write of a run: makes the row its own (taking it over when allowed), classifies, queues. */
export async function admit(tx: Tx, { writer, takeOver }: { writer: Writer; takeOver: boolean }, context: LedgerContext): Promise<Admission> {
  const item = await requireItem(tx, writer.workId);
  if (isSettled(item.phase)) return { result: { kind: 'already-settled' }, aftermath: nothingToTell(item) };
  if (item.run_id !== writer.runId) {
    if (item.run_id !== null && !takeOver) throw staleRun(item, writer.runId);
    await own(tx, item, writer.runId);
  }
  const aftermath = (await findReply<Aftermath>(tx, takenOverKey(writer), 'work:attempt-failed')) ?? nothingToTell(item);
  const queued = await findReply<AdmitResult>(tx, queuedKey(writer), 'work:queued');
  if (queued !== undefined) return { result: queued, aftermath };
  if (item.cancel_requested_at !== null) return { result: { kind: 'cancel-requested', reason: item.cancel_reason ?? '' }, aftermath };
  const verdict = await classifyItem(tx, item, context.defaultPolicy);
  if (verdict.kind === 'forbidden') return { result: { kind: 'forbidden', reason: verdict.reason }, aftermath };
  const result: AdmitResult = { kind: 'queued', brief: await readBrief(tx, item) };
  await enqueue(tx, item, { needs: verdict.needs, place: { delayMs: 0, since: 'offered', lastFailedTargetId: null } });
  await tx.updateTable('work_items').set({ phase: 'waiting', reason: 'waits for a slot' }).where('id', '=', item.id).execute();
  await appendEvent(tx, {
    key: queuedKey(writer),
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type: 'work:queued',
    data: { workId: item.id, taskId: item.task_id, priority: item.priority, rule: verdict.rule, needs: verdict.needs },
    reply: result,
  });
  return { result, aftermath };
}

function queuedKey({ runId }: Writer): string {
  return `wf:${runId}:0:queued`;
}

function takenOverKey({ runId }: Writer): string {
  return `wf:${runId}:0:taken-over`;
}

/** The row belongs to this run from now on; what an earlier run held is released, and its try is not counted. */
async function own(tx: Tx, item: LockedItem, runId: string): Promise<void> {
  const { slot, aftermath } = await releaseHoldings(tx, item, agentHasReported(item, item.fence));
  await tx.deleteFrom('queue').where('work_id', '=', item.id).execute();
  const interrupted = slot?.state === 'taken' ? 1 : 0;
  await tx
    .updateTable('work_items')
    .set({
      run_id: runId,
      workflow_seen_at: sql<Date>`coalesce(workflow_seen_at, now())`,
      phase: 'waiting',
      reason: item.run_id === null ? null : 'taken over by another run of its workflow',
      attempts: sql<number>`greatest(attempts - ${interrupted}::int, 0)`,
      interruptions: sql<number>`interruptions + ${interrupted}::int`,
      assigned_to: null,
      assigned_at: null,
      progress: null,
      progress_message: null,
    })
    .where('id', '=', item.id)
    .execute();
  if (slot?.state !== 'taken') return;
  await appendEvent(tx, {
    key: takenOverKey({ workId: item.id, runId }),
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

async function readBrief(tx: Tx, item: LockedItem): Promise<WorkBrief> {
  const { attempts } = await tx.selectFrom('work_items').select('attempts').where('id', '=', item.id).executeTakeFirstOrThrow();
  return {
    projectId: item.project_id,
    capability: item.capability,
    boundary: item.boundary,
    limits: item.limits,
    acceptedAtMs: item.offered_at.getTime(),
    deadlineMs: item.deadline?.getTime() ?? null,
    attempts,
  };
}
