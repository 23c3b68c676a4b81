import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { AgentGuid, TargetId } from '../../domain/ids.ts';
import type { GrantDecision } from '../../domain/scheduling/decide.ts';
import type { GrantChoice } from '../../domain/scheduling/grant.ts';
import type { TargetCapacity } from '../../domain/scheduling/snapshot.ts';
import { appendMarked } from './append-events.ts';
import type { MarkedEvent } from './append-events.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import { lockForeign } from './foreign-agents.ts';
import { lockFree, lockWaiting } from './lock-for-grant.ts';
import type { FreeSession } from './lock-for-grant.ts';
import { agentSummary } from './to-session.ts';

/** A decision that holds, now that its item and agent are locked. */
interface Grant extends GrantDecision {
  readonly grantId: string;
  readonly fence: number;
  readonly projectId: string;
  readonly taskId: string;
  readonly capability: string;
  readonly boundary: string;
  readonly rule: string | null;
  /** null: a start, or an agent that registered by itself. */
  readonly session: FreeSession | null;
}

/**
 * What of this can be granted: items and agents whose rows are locked by somebody else, or have changed since they were read, are
 * passed over, so a round never waits for a transition. `rules`: the one of each item's boundary.
 */
export async function lockGrants(tx: Tx, decisions: readonly GrantDecision[], rules: ReadonlyMap<string, string>): Promise<readonly Grant[]> {
  if (decisions.length === 0) return [];
  const [items, agents, foreign] = await Promise.all([
    lockWaiting(
      tx,
      decisions.map((decision) => decision.workId),
    ),
    lockFree(
      tx,
      decisions.flatMap(({ choice }) => (choice.kind === 'agent' && choice.targetId !== null ? [choice.agentGuid] : [])),
    ),
    lockForeign(
      tx,
      decisions.flatMap(({ choice }) => (choice.kind === 'agent' && choice.targetId === null ? [choice.agentGuid] : [])),
    ),
  ]);
  return decisions.flatMap((decision): Grant[] => {
    const item = items.get(decision.workId);
    if (item === undefined || !isStillFree(decision.choice, agents, foreign)) return [];
    const { capability, boundary, project_id: projectId, task_id: taskId } = item;
    const rule = rules.get(decision.workId) ?? null;
    const session = (decision.choice.kind === 'agent' ? agents.get(decision.choice.agentGuid) : undefined) ?? null;
    return [{ ...decision, grantId: randomUUID(), fence: item.fence + 1, projectId, taskId, capability, boundary, rule, session }];
  });
}

/** Writes the slots with their items' next fences, decisions and events; all asked for at once. */
export async function writeGrants(tx: Tx, grants: readonly Grant[], targets: readonly TargetCapacity[]): Promise<void> {
  if (grants.length === 0) return;
  // In this order: the slots say of their items what still stands in the queue.
  await Promise.all([insertSlots(tx, grants), markItems(tx, grants, new Map(targets.map((target) => [target.id, target]))), markAgents(tx, grants)]);
}

/** True when the choice can be given; one of an agent that does several items at once is counted off. */
function isStillFree(choice: GrantChoice, agents: ReadonlyMap<AgentGuid, FreeSession>, foreign: Map<AgentGuid, number>): boolean {
  if (choice.kind === 'start') return true;
  if (choice.targetId !== null) return agents.has(choice.agentGuid);
  const free = foreign.get(choice.agentGuid) ?? 0;
  foreign.set(choice.agentGuid, free - 1);
  return free > 0;
}

// One text for any number of rows: the server plans it once.
async function insertSlots(tx: Tx, grants: readonly Grant[]): Promise<void> {
  const rows = grants.map(({ choice, candidates, candidatesTotal, grantId, workId, fence, projectId, rule }) => ({
    grantId,
    workId,
    fence,
    projectId,
    choice,
    kind: choice.kind,
    agentGuid: choice.kind === 'agent' ? choice.agentGuid : null,
    targetId: choice.targetId,
    candidates,
    candidatesTotal,
    rule,
  }));
  const input = sql`jsonb_to_recordset(${toJson(rows)}::jsonb) AS g("grantId" uuid, "workId" uuid, fence integer, "projectId" text,
    kind text, "agentGuid" text, "targetId" uuid, choice jsonb, candidates jsonb, "candidatesTotal" integer, rule text)`;
  const slots = sql`
    INSERT INTO slots (grant_id, work_id, fence, project_id, kind, agent_guid, target_id, submitter, needs_key)
    SELECT "grantId", "workId", fence, "projectId", kind, "agentGuid", "targetId", q.submitter, q.needs_key
    FROM ${input} JOIN queue q ON q.work_id = "workId"`;
  const told = sql`
    INSERT INTO decisions (grant_id, work_id, fence, chosen, candidates, candidates_total, rule)
    SELECT "grantId", "workId", fence, choice, candidates, "candidatesTotal", rule FROM ${input}`;
  await Promise.all([slots.execute(tx), told.execute(tx)]);
}

async function markItems(tx: Tx, grants: readonly Grant[], targets: ReadonlyMap<TargetId, TargetCapacity>): Promise<void> {
  const workIds = grants.map(({ workId }) => workId);
  // A start is an event of its own.
  const starting = grants.filter(isStart).map(({ workId }) => workId);
  const marked = sql`
    UPDATE work_items SET fence = fence + 1, reason = 'a slot was granted', updated_at = now(),
      event_seq = event_seq + CASE WHEN id = any(${starting}::uuid[]) THEN 2 ELSE 1 END
    WHERE id = any(${workIds}::uuid[]) RETURNING id::text AS entity_id, event_seq`;
  const events = grants.flatMap((grant) => eventsOfGrant(grant, grant.choice.targetId === null ? undefined : targets.get(grant.choice.targetId)));
  await Promise.all([appendMarked(tx, marked, events), sql`DELETE FROM queue WHERE work_id = any(${workIds}::uuid[])`.execute(tx)]);
}

/** That the slot was granted, and, for a start, that this is what triggers a spin-up. */
function eventsOfGrant(grant: Grant, target: TargetCapacity | undefined): readonly MarkedEvent[] {
  const { grantId, workId, fence, projectId, taskId, choice, capability, boundary } = grant;
  const place = { targetId: choice.targetId, targetName: target?.name ?? null };
  const common = { entityType: 'work', entityId: workId, projectId, fence } as const;
  const granted = {
    ...common,
    key: `grant:${grantId}`,
    type: 'work:granted',
    data: { workId, taskId, grantId, ...choice, targetName: place.targetName },
  } as const;
  if (!isStart(grant)) return [{ ...granted, before: 0 }];
  const data = { targetAgentType: target?.agentType ?? null, capability, boundary, workId, taskId, ...place };
  return [
    { ...granted, before: 1 },
    { ...common, key: `grant:${grantId}:spin-up`, type: 'spin-up:triggered', data, before: 0 },
  ];
}

function isStart({ choice }: Grant): boolean {
  return choice.kind === 'start';
}

async function markAgents(tx: Tx, grants: readonly Grant[]): Promise<void> {
  const taken = grants.flatMap(({ session, ...grant }) => (session === null ? [] : [{ grant, session }]));
  if (taken.length === 0) return;
  const rows = taken.map(({ grant, session }) => ({ guid: session.guid, workId: grant.workId, fence: grant.fence }));
  const marked = sql`
    UPDATE sessions AS s SET state = 'busy', free_since = NULL, work_id = g."workId", fence = g.fence, event_seq = event_seq + 1, updated_at = now()
    FROM jsonb_to_recordset(${toJson(rows)}::jsonb) AS g(guid text, "workId" uuid, fence integer)
    WHERE s.guid = g.guid AND s.guid = any(${rows.map(({ guid }) => guid)}::text[]) RETURNING s.guid AS entity_id, s.event_seq`;
  await appendMarked(
    tx,
    marked,
    taken.map(({ grant, session }) => ({
      key: `grant:${grant.grantId}:agent`,
      entityType: 'agent',
      entityId: session.guid,
      before: 0,
      projectId: session.project_id,
      type: 'agent:updated',
      data: { agent: agentSummary(session), previousStatus: 'online', newStatus: 'busy', currentTaskCount: 1, workId: grant.workId },
      fence: grant.fence,
      agentGuid: session.guid,
    })),
  );
}
