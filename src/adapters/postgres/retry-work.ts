import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { WorkId } from '../../domain/ids.ts';
import { judgeRetry } from '../../domain/work/batch-retry.ts';
import type { RetryResult } from '../../ports/ledger/work-ledger.ts';
import { appendEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { boundedText } from './json.ts';
import type { WorkItemRow } from './tables.ts';
import { toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';
import type { OWN_COLUMNS } from './to-work-item.ts';
import { noteUnstarted } from './unstarted-work.ts';
import { writeAudit } from './write-audit.ts';

const EVENT_TEXT_CHARS_MAX = 1024;

type FailedRow = Pick<WorkItemRow, (typeof OWN_COLUMNS)[number]>;

/** A dead letter becomes an accepted item again, which no run owns; its fence goes on from where it was. */
export async function retryWork(tx: Tx, workId: WorkId, { deadline, author }: { deadline?: string | null; author: Author }): Promise<RetryResult> {
  const row = await tx.selectFrom('work_items').select(WORK_ITEM_COLUMNS).where('id', '=', workId).forNoKeyUpdate().executeTakeFirst();
  if (row === undefined) return { kind: 'not-found' };
  const item = toWorkItem(row);
  const verdict = judgeRetry({ ...item, deadlineMs: row.deadline?.getTime() ?? null }, { deadline, nowMs: Date.now() });
  if (verdict !== 'retriable') return { kind: verdict, item };
  const updated = await tx
    .updateTable('work_items')
    .set({
      phase: 'accepted',
      reason: 'is driven again',
      retries: row.retries + 1,
      retried_at: sql<Date>`now()`,
      attempts_before: row.attempts_before + row.attempts,
      attempts: 0,
      interruptions: 0,
      run_id: null,
      cancel_requested_at: null,
      cancel_reason: null,
      assigned_to: null,
      assigned_at: null,
      progress: null,
      progress_message: null,
      error: null,
      settled_at: null,
      ...(deadline === undefined ? {} : { deadline }),
    })
    .where('id', '=', workId)
    .returning(WORK_ITEM_COLUMNS)
    .executeTakeFirstOrThrow();
  // What it waits for, or failed for, is looked at anew.
  if (row.on_dependency_failure !== null) await sql`UPDATE work_dependencies SET outcome = NULL WHERE work_id = ${workId}`.execute(tx);
  await noteUnstarted(tx, workId);
  await record(tx, row, author);
  return { kind: 'retried', item: toWorkItem(updated) };
}

async function record(tx: Tx, row: FailedRow, author: Author): Promise<void> {
  const { id: workId, task_id: taskId, capability, boundary, priority } = row;
  const retry = row.retries + 1;
  const facts = { retry, attemptsTotal: row.attempts_before + row.attempts, previousError: boundedText(row.error?.message ?? '', EVENT_TEXT_CHARS_MAX) };
  const entity = { entityType: 'work', entityId: workId, projectId: row.project_id } as const;
  await appendEvent(tx, {
    key: `retry:${workId}:${String(retry)}`,
    ...entity,
    type: 'work:retried',
    data: { workId, taskId, capability, boundary, priority, ...facts },
  });
  await writeAudit(tx, author, { action: 'work.retry', ...entity, before: { phase: row.phase, attempts: row.attempts }, after: { retry } });
}
