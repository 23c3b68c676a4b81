import { sql } from 'kysely';
import type { Author } from '../../domain/access/actor.ts';
import type { ProjectId, WorkId } from '../../domain/ids.ts';
import { gateOf } from '../../domain/policy/approval-policy.ts';
import type { ApprovalPolicy, OnNoApproval } from '../../domain/policy/approval-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { LedgerRound } from '../../domain/scheduling/grant.ts';
import { approvalOf, NOBODY_APPROVED, rejectionOf } from '../../domain/work/approval.ts';
import type { StoredApproval } from '../../domain/work/approval.ts';
import type { ApprovalResult } from '../../ports/ledger/work-ledger.ts';
import { appendEvent, insertEvents } from './append-events.ts';
import type { NewEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { needsKeyOf, toClassifiable } from './enqueue.ts';
import { boundedText, toJson } from './json.ts';
import { lockWaiting } from './lock-for-grant.ts';
import { lockItem } from './locked-item.ts';
import type { LockedItem } from './locked-item.ts';
import { readPolicies } from './read-policies.ts';
import { REQUEST_TEXT_CHARS_MAX, writeAudit } from './write-audit.ts';

// Of one round; what is left comes with the next.
const EXPIRED_MAX = 100;
const REASON_CHARS_MAX = 1024;

export type AskFor = Pick<ApprovalPolicy, 'expiresAfterMs' | 'onExpiry'>;

/** These items wait for a person from now on, in lines of their own, so that they hide nobody. */
export async function askForApproval(tx: Tx, asks: ReadonlyMap<WorkId, AskFor>): Promise<void> {
  if (asks.size === 0) return;
  const items = await lockWaiting(tx, [...asks.keys()]);
  const rows = [...items.keys()].map((workId) => ({ workId, ...asks.get(workId) }));
  const asked = await sql<{ id: string; seq: number; project_id: string; task_id: string; expires_at: Date; on_expiry: OnNoApproval }>`
    WITH asked AS (
      UPDATE queue q SET approval_asked_at = now(), approval_on_expiry = a."onExpiry", needs_key = (q.needs_key::jsonb || '"asked"'::jsonb)::text,
        approval_expires_at = now() + make_interval(secs => a."expiresAfterMs" / 1000)
      FROM jsonb_to_recordset(${toJson(rows)}::jsonb) AS a("workId" uuid, "expiresAfterMs" float8, "onExpiry" text)
      WHERE q.work_id = a."workId" AND q.approval_asked_at IS NULL RETURNING q.work_id, q.approval_expires_at, q.approval_on_expiry
    )
    UPDATE work_items w SET event_seq = w.event_seq + 1, updated_at = now() FROM asked WHERE w.id = asked.work_id
    RETURNING w.id, w.event_seq AS seq, w.project_id, w.task_id, asked.approval_expires_at AS expires_at, asked.approval_on_expiry AS on_expiry`.execute(tx);
  await insertEvents(
    tx,
    asked.rows.map(({ id, seq, project_id: projectId, task_id: taskId, expires_at: expiresAt, on_expiry: onExpiry }) => ({
      key: `approval:${id}:asked:${String(seq)}`,
      entityType: 'work',
      entityId: id,
      seq,
      projectId,
      type: 'work:approval-requested',
      data: { workId: id, taskId, expiresAt: expiresAt.toISOString(), onExpiry },
    })),
  );
}

/** These items need none any more: their project's policy has changed. */
export async function withdrawAsking(tx: Tx, workIds: readonly WorkId[]): Promise<void> {
  const items = await lockWaiting(tx, workIds);
  for (const { id } of items.values()) {
    const item = await lockItem(tx, id);
    if (item !== undefined) await standInLine(tx, item, null);
  }
}

/** What becomes of the items for which nobody has decided in time, as their projects' policies said when they were asked for; returns those that were rejected. */
export async function expireApprovals(tx: Tx, defaults: ProjectPolicy): Promise<LedgerRound['rejected']> {
  const due = await sql<{ id: WorkId; project_id: ProjectId; boundary: string; on_expiry: OnNoApproval }>`
    SELECT w.id, w.project_id, w.boundary, q.approval_on_expiry AS on_expiry FROM work_items w JOIN queue q ON q.work_id = w.id
    WHERE w.id IN (SELECT work_id FROM queue WHERE approval_asked_at IS NOT NULL AND approval_expires_at <= clock_timestamp()
      ORDER BY approval_expires_at, work_id LIMIT ${EXPIRED_MAX}::int)
    FOR NO KEY UPDATE OF w SKIP LOCKED`.execute(tx);
  if (due.rows.length === 0) return [];
  const rejected: WorkId[] = [];
  const policies = await readPolicies(tx, [...new Set(due.rows.map((row) => row.project_id))], defaults);
  for (const { id, project_id: projectId, boundary, on_expiry: onExpiry } of due.rows) {
    const item = await lockItem(tx, id);
    if (item?.cancel_requested_at !== null) continue;
    if (gateOf((policies.get(projectId) ?? defaults).approval, boundary) === null) await standInLine(tx, item, null);
    else {
      await expire(tx, item, onExpiry);
      if (onExpiry === 'reject') rejected.push(id);
    }
  }
  return rejected.map((workId) => ({ workId, reason: NOBODY_APPROVED }));
}

async function expire(tx: Tx, item: LockedItem, onExpiry: OnNoApproval): Promise<void> {
  const message = onExpiry === 'proceed' ? 'proceeds because nobody answered' : 'is rejected because nobody answered';
  await write(tx, item, { state: onExpiry === 'proceed' ? 'proceeded' : 'rejected', by: null, reason: null });
  await appendEvent(tx, eventOf(item, { type: 'work:approval-expired', data: { onExpiry, message } }));
}

export interface Decision {
  readonly verdict: 'approved' | 'rejected';
  readonly reason?: string | undefined;
  readonly author: Author;
  /** False: nobody is asked who he is, so anybody may approve anything. */
  readonly namesCount: boolean;
}

/** A person's decision about an item that waits for one; the first one counts. */
export async function decideApproval(tx: Tx, workId: WorkId, decision: Decision): Promise<ApprovalResult> {
  const item = await lockItem(tx, workId);
  if (item === undefined) return { kind: 'not-found' };
  const by = boundedText(decision.author.name, REQUEST_TEXT_CHARS_MAX);
  const before = approvalOf(item);
  if (before !== null) return before.state === decision.verdict && before.by === by ? { kind: 'joined' } : { kind: 'closed', state: before.state };
  const closed = await whyClosed(tx, item);
  if (closed !== null) return { kind: 'closed', state: closed };
  if (decision.verdict === 'approved' && decision.namesCount && item.submitter === by) return { kind: 'own-item' };
  await record(tx, item, { ...decision, by });
  return { kind: 'decided' };
}

async function whyClosed(tx: Tx, { id, cancel_requested_at: cancelledAt }: LockedItem): Promise<'not-asked' | 'expired' | null> {
  const asked = await tx
    .selectFrom('queue')
    .select(sql<boolean>`approval_expires_at <= clock_timestamp()`.as('is_late'))
    .where('work_id', '=', id)
    .where('approval_asked_at', 'is not', null)
    .executeTakeFirst();
  if (asked === undefined || cancelledAt !== null) return 'not-asked';
  return asked.is_late ? 'expired' : null;
}

async function record(tx: Tx, item: LockedItem, { verdict, by, author, reason: given }: Decision & { by: string }): Promise<void> {
  const reason = given === undefined ? null : boundedText(given, REASON_CHARS_MAX);
  const rejected = verdict === 'rejected';
  await write(tx, item, { state: verdict, by, reason });
  await appendEvent(tx, eventOf(item, { type: rejected ? 'work:rejected' : 'work:approved', data: { by } }));
  const entity = { entityType: 'work', entityId: item.id, projectId: item.project_id } as const;
  const after = { state: verdict, ...(reason === null ? {} : { reason }) };
  await writeAudit(tx, author, { action: rejected ? 'work.reject' : 'work.approve', ...entity, before: { state: 'pending' }, after });
}

/** A rejected item leaves the queue, so that nothing is granted any more; its workflow then ends it. */
async function write(tx: Tx, item: LockedItem, decided: Pick<StoredApproval, 'state' | 'by' | 'reason'>): Promise<void> {
  const approval: StoredApproval = { ...decided, round: item.retries, at: new Date().toISOString() };
  const rejection = rejectionOf({ approval, retries: item.retries });
  await tx
    .updateTable('work_items')
    .set({ approval: toJson(approval), ...(rejection === null ? {} : { reason: rejection }) })
    .where('id', '=', item.id)
    .execute();
  if (rejection === null) await standInLine(tx, item, 'approved');
  else await tx.deleteFrom('queue').where('work_id', '=', item.id).execute();
}

async function standInLine(tx: Tx, item: LockedItem, marker: 'approved' | null): Promise<void> {
  await tx
    .updateTable('queue')
    .set({ approval_asked_at: null, approval_expires_at: null, approval_on_expiry: null, needs_key: needsKeyOf(toClassifiable(item), marker === 'approved') })
    .where('work_id', '=', item.id)
    .execute();
}

function eventOf(item: LockedItem, { type, data }: Pick<NewEvent, 'type' | 'data'>): NewEvent {
  return {
    key: `approval:${item.id}:${String(item.retries)}:decided`,
    entityType: 'work',
    entityId: item.id,
    projectId: item.project_id,
    type,
    data: { workId: item.id, taskId: item.task_id, ...data },
  };
}
