import { sql } from 'kysely';
import type { Retirement } from '../../domain/scheduling/grant.ts';
import type { WaitDecision } from '../../domain/scheduling/decide.ts';
import { insertEvents } from './append-events.ts';
import type { Tx } from './database.ts';
import { lockFree, lockWaiting } from './lock-for-grant.ts';

/** Says in each row why its item waits; only rows whose reason changed are given. */
export async function writeReasons(tx: Tx, waiting: readonly WaitDecision[]): Promise<void> {
  if (waiting.length === 0) return;
  const items = await lockWaiting(
    tx,
    waiting.map(({ workId }) => workId),
  );
  await tellReasons(
    tx,
    waiting.filter(({ workId }) => items.has(workId)),
  );
}

/** The same for items that are locked, in the queue or not. */
export async function tellReasons(tx: Tx, waiting: readonly WaitDecision[]): Promise<void> {
  for (const [reason, workIds] of byReason(waiting)) {
    const told = await tx
      .updateTable('work_items')
      .set({ reason, event_seq: sql<number>`event_seq + 1`, updated_at: sql<Date>`now()` })
      .where('id', '=', sql<string>`any(${workIds}::uuid[])`)
      .where('reason', 'is distinct from', reason)
      .returning(['id', 'event_seq', 'project_id', 'task_id'])
      .execute();
    await insertEvents(
      tx,
      told.map(({ id, event_seq: seq, project_id: projectId, task_id: taskId }) => ({
        // Its number among the item's events: the reason may come back later, and is then said again.
        key: `wait:${id}:${String(seq)}`,
        entityType: 'work',
        entityId: id,
        seq,
        projectId,
        type: 'work:queued',
        data: { workId: id, taskId, reason },
      })),
    );
  }
}

/** Few reasons serve many items. */
function byReason(waiting: readonly WaitDecision[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { workId, reason } of waiting) groups.set(reason, [...(groups.get(reason) ?? []), workId]);
  return groups;
}

/** Takes agents out of the free set for good. */
export async function writeRetirements(tx: Tx, retirements: readonly Retirement[]): Promise<void> {
  const agents = await lockFree(
    tx,
    retirements.map(({ agentGuid }) => agentGuid),
  );
  if (agents.size === 0) return;
  const now = retirements.filter(({ agentGuid }) => agents.has(agentGuid));
  await sql`
    UPDATE sessions SET state = 'draining', free_since = NULL, retired_at = now(), stop_reason = why.reason, updated_at = now()
    FROM unnest(${now.map(({ agentGuid }) => agentGuid)}::text[], ${now.map(({ reason }) => reason)}::text[]) AS why (guid, reason)
    WHERE sessions.guid = why.guid`.execute(tx);
}
