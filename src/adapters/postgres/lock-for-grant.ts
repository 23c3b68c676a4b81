import { sql } from 'kysely';
import type { AgentGuid } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import type { NamedSession } from './to-session.ts';

// Rows that somebody else has locked are passed over: a round waits for nobody, and so can take part in no deadlock.

/** What a round needs to know of an item or agent that it has locked. */
export interface WaitingItem {
  readonly id: string;
  readonly fence: number;
  readonly project_id: string;
  readonly task_id: string;
  readonly capability: string;
  readonly boundary: string;
}

/** The items that still wait and that no transition is busy with. */
export async function lockWaiting(tx: Tx, workIds: readonly string[]): Promise<ReadonlyMap<string, WaitingItem>> {
  const locking = sql<WaitingItem>`
    SELECT w.id, w.fence, w.project_id, w.task_id, w.capability, w.boundary FROM work_items w
    WHERE w.id = any(${workIds}::uuid[]) AND w.phase = 'waiting' AND w.cancel_requested_at IS NULL
    ORDER BY w.id FOR NO KEY UPDATE OF w SKIP LOCKED`.execute(tx);
  // A second look, after the lock: an item may have left the queue between the snapshot and its lock.
  const looking = sql<{ work_id: string }>`SELECT work_id FROM queue WHERE work_id = any(${workIds}::uuid[])`.execute(tx);
  const [result, queued] = await Promise.all([locking, looking]);
  const inQueue = new Set(queued.rows.map((row) => row.work_id));
  return new Map(result.rows.filter((row) => inQueue.has(row.id)).map((row) => [row.id, row]));
}

export type FreeSession = NamedSession & { readonly project_id: string };

/** The agents that are still free. */
export async function lockFree(tx: Tx, guids: readonly AgentGuid[]): Promise<ReadonlyMap<AgentGuid, FreeSession>> {
  if (guids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('sessions')
    .select(['guid', 'agent_type', 'host_id', 'hostname', 'project_id'])
    .where('guid', '=', sql<string>`any(${guids}::text[])`)
    .where('state', '=', 'free')
    .orderBy('guid')
    .forNoKeyUpdate()
    .skipLocked()
    .execute();
  return new Map(rows.map((row) => [row.guid, row]));
}
