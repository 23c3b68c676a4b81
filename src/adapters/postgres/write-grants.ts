import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { AgentGuid, TargetId } from '../../domain/ids.ts';
import type { GrantDecision, WaitDecision } from '../../domain/scheduling/decide.ts';
import type { GrantRound } from '../../domain/scheduling/grant.ts';
import type { TargetCapacity } from '../../domain/scheduling/snapshot.ts';
import { appendEvents } from './append-events.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import { agentSummary } from './to-session.ts';

// What a decision keeps of the candidates that it looked at.
const CANDIDATES_KEPT = 50;

interface Grant extends GrantDecision {
  readonly grantId: string;
  readonly fence: number;
  readonly projectId: string;
  readonly taskId: string;
}

/**
 * Writes slots with their items' next fences, decisions and events. Items and agents whose rows are locked by somebody else,
 * or have changed since they were read, are passed over, so a round never waits for a transition. Returns what was granted.
 */
export async function writeGrants(tx: Tx, decisions: readonly GrantDecision[], targets: readonly TargetCapacity[]): Promise<GrantRound['grants']> {
  if (decisions.length === 0) return [];
  const items = await lockWaiting(
    tx,
    decisions.map((decision) => decision.workId),
  );
  const agents = await lockFree(
    tx,
    decisions.flatMap(({ choice }) => (choice.kind === 'agent' ? [choice.agentGuid] : [])),
  );
  const grants = decisions.flatMap((decision): Grant[] => {
    const item = items.get(decision.workId);
    if (item === undefined || (decision.choice.kind === 'agent' && !agents.has(decision.choice.agentGuid))) return [];
    return [{ ...decision, grantId: randomUUID(), fence: item.fence + 1, projectId: item.project_id, taskId: item.task_id }];
  });
  if (grants.length === 0) return [];
  await insertSlots(tx, grants);
  await markItems(tx, grants, new Map(targets.map((target) => [target.id, target.name])));
  await markAgents(tx, grants, agents);
  return grants.map(({ grantId, workId, fence, choice }) => ({ grantId, workId, fence, choice }));
}

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

interface WaitingItem {
  readonly id: string;
  readonly fence: number;
  readonly project_id: string;
  readonly task_id: string;
  readonly event_seq: number;
}

async function lockWaiting(tx: Tx, workIds: readonly string[]): Promise<ReadonlyMap<string, WaitingItem>> {
  const result = await sql<WaitingItem>`
    SELECT w.id, w.fence, w.project_id, w.task_id, w.event_seq FROM work_items w
    WHERE w.id = any(${workIds}::uuid[]) AND w.phase = 'waiting' AND w.cancel_requested_at IS NULL
    ORDER BY w.id FOR UPDATE OF w SKIP LOCKED`.execute(tx);
  // A second look: an item may have left the queue between the snapshot and its lock.
  const queued = await sql<{ work_id: string }>`
    SELECT work_id FROM queue WHERE work_id = any(${result.rows.map((row) => row.id)}::uuid[])`.execute(tx);
  const inQueue = new Set(queued.rows.map((row) => row.work_id));
  return new Map(result.rows.filter((row) => inQueue.has(row.id)).map((row) => [row.id, row]));
}

type FreeSession = Parameters<typeof agentSummary>[0] & { readonly project_id: string };

async function lockFree(tx: Tx, guids: readonly AgentGuid[]): Promise<ReadonlyMap<AgentGuid, FreeSession>> {
  if (guids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('sessions')
    .select(['guid', 'agent_type', 'host_id', 'project_id'])
    .where('guid', '=', sql<string>`any(${guids}::text[])`)
    .where('state', '=', 'free')
    .orderBy('guid')
    .forUpdate()
    .skipLocked()
    .execute();
  return new Map(rows.map((row) => [row.guid, row]));
}

async function insertSlots(tx: Tx, grants: readonly Grant[]): Promise<void> {
  await tx
    .insertInto('slots')
    .values(
      grants.map(({ grantId, workId, fence, projectId, choice }) => ({
        grant_id: grantId,
        work_id: workId,
        fence,
        project_id: projectId,
        kind: choice.kind,
        agent_guid: choice.kind === 'agent' ? choice.agentGuid : null,
        target_id: choice.targetId,
      })),
    )
    .execute();
  await tx
    .insertInto('decisions')
    .values(
      grants.map(({ grantId, workId, fence, choice, candidates }) => ({
        grant_id: grantId,
        work_id: workId,
        fence,
        chosen: toJson(choice),
        candidates: toJson(candidates.slice(0, CANDIDATES_KEPT)),
        candidates_total: candidates.length,
      })),
    )
    .execute();
}

async function markItems(tx: Tx, grants: readonly Grant[], targetNames: ReadonlyMap<TargetId, string>): Promise<void> {
  await sql`
    UPDATE work_items AS w SET fence = g.fence, reason = 'a slot was granted'
    FROM jsonb_to_recordset(${toJson(grants.map(({ workId, fence }) => ({ workId, fence })))}::jsonb) AS g("workId" uuid, fence integer)
    WHERE w.id = g."workId"`.execute(tx);
  await sql`DELETE FROM queue WHERE work_id = any(${grants.map(({ workId }) => workId)}::uuid[])`.execute(tx);
  await appendEvents(
    tx,
    'work',
    grants.map(({ grantId, workId, fence, projectId, taskId, choice }) => ({
      key: `grant:${grantId}`,
      entityType: 'work' as const,
      entityId: workId,
      projectId,
      type: 'work:granted' as const,
      data: { workId, taskId, grantId, ...choice, targetName: targetNames.get(choice.targetId) ?? null },
      fence,
    })),
  );
}

async function markAgents(tx: Tx, grants: readonly Grant[], agents: ReadonlyMap<AgentGuid, FreeSession>): Promise<void> {
  const taken = grants.flatMap((grant) => {
    const session = grant.choice.kind === 'agent' ? agents.get(grant.choice.agentGuid) : undefined;
    return session === undefined ? [] : [{ grant, session }];
  });
  if (taken.length === 0) return;
  const rows = taken.map(({ grant, session }) => ({ guid: session.guid, workId: grant.workId, fence: grant.fence }));
  await sql`
    UPDATE sessions AS s SET state = 'busy', free_since = NULL, work_id = g."workId", fence = g.fence
    FROM jsonb_to_recordset(${toJson(rows)}::jsonb) AS g(guid text, "workId" uuid, fence integer) WHERE s.guid = g.guid`.execute(tx);
  await appendEvents(
    tx,
    'agent',
    taken.map(({ grant, session }) => ({
      key: `grant:${grant.grantId}:agent`,
      entityType: 'agent' as const,
      entityId: session.guid,
      projectId: session.project_id,
      type: 'agent:updated' as const,
      data: { agent: agentSummary(session), previousStatus: 'online', newStatus: 'busy', currentTaskCount: 1, workId: grant.workId },
      fence: grant.fence,
      agentGuid: session.guid,
    })),
  );
}
