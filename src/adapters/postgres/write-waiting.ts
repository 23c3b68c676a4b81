import { sql } from 'kysely';
import type { AgentGuid } from '../../domain/ids.ts';
import type { WaitDecision } from '../../domain/scheduling/decide.ts';
import { appendEvents } from './append-events.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import { lockFree, lockWaiting } from './lock-for-grant.ts';

/** Says in each row why its item waits; only rows whose reason changed are given. */
export async function writeReasons(tx: Tx, waiting: readonly WaitDecision[]): Promise<void> {
  if (waiting.length === 0) return;
  const items = await lockWaiting(
    tx,
    waiting.map(({ workId }) => workId),
  );
  const changed = waiting.filter(({ workId }) => items.has(workId));
  await sql`
    UPDATE work_items AS w SET reason = e.reason
    FROM jsonb_to_recordset(${toJson(changed)}::jsonb) AS e("workId" uuid, reason text) WHERE w.id = e."workId"`.execute(tx);
  await appendEvents(
    tx,
    'work',
    changed.flatMap(({ workId, reason }) => {
      const item = items.get(workId);
      if (item === undefined) return [];
      return [
        {
          // Its number among the item's events: the reason may come back later, and is then said again.
          key: `wait:${workId}:${String(item.event_seq + 1)}`,
          entityType: 'work' as const,
          entityId: workId,
          projectId: item.project_id,
          type: 'work:queued' as const,
          data: { workId, taskId: item.task_id, reason },
        },
      ];
    }),
  );
}

/** Takes agents that have been free for too long out of the free set. */
export async function writeRetirements(tx: Tx, guids: readonly AgentGuid[]): Promise<void> {
  const agents = await lockFree(tx, guids);
  if (agents.size === 0) return;
  await tx
    .updateTable('sessions')
    .set({ state: 'draining', free_since: null, retired_at: sql<Date>`now()`, updated_at: sql<Date>`now()` })
    .where('guid', '=', sql<string>`any(${[...agents.keys()]}::text[])`)
    .execute();
}
