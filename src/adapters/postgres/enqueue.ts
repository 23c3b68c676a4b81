import { sql } from 'kysely';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { classify } from '../../domain/work/classify.ts';
import type { FailureClass } from '../../domain/work/outcome.ts';
import type { Classifiable, Classification } from '../../domain/work/classify.ts';
import { isApproved } from '../../domain/work/approval.ts';
import type { TargetId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import type { LockedItem } from './locked-item.ts';
import type { WorkItemRow } from './tables.ts';
import { present } from './to-work-item.ts';

export interface Place {
  readonly delayMs: number;
  /** `offered`: an item that lost its slot through no fault of its own stands where its age puts it; `now`: behind the others. */
  readonly since: 'offered' | 'now';
  /** Where it could not start, the latest first. */
  readonly failedTargetIds?: readonly TargetId[];
}

/** What the item needs under its project's policy as it is now. */
export async function classifyItem(tx: Tx, item: LockedItem, defaults: ProjectPolicy): Promise<Classification> {
  const project = await tx.selectFrom('projects').select('policy').where('id', '=', item.project_id).executeTakeFirstOrThrow();
  return classify(toClassifiable(item), effectivePolicy(project.policy, defaults));
}

/** As much of a row of `work_items` as a classification looks at. */
export function toClassifiable(row: Pick<WorkItemRow, 'capability' | 'boundary' | 'required_agent_type' | 'preferred_agent_type'>): Classifiable {
  return {
    capability: row.capability,
    boundary: row.boundary,
    ...present({ requiredAgentType: row.required_agent_type, preferredAgentType: row.preferred_agent_type }),
  };
}

/** Puts the item back into the queue after an attempt, whose event is written; nothing when it is to be cancelled. */
export async function enqueueAgain(tx: Tx, item: LockedItem, place: Place): Promise<void> {
  if (item.cancel_requested_at === null) await enqueue(tx, item, { ...place, failedTargetIds: await readFailedTargets(tx, item) });
}

// No room, a host that was stopped, or an agent that the item was taken from: elsewhere, if there is an elsewhere.
const ELSEWHERE: readonly FailureClass[] = ['spin-up', 'capacity', 'interrupted'];
const FAILED_TARGETS_MAX = 16;

async function readFailedTargets(tx: Tx, item: LockedItem): Promise<readonly TargetId[]> {
  const rows = await tx
    .selectFrom('events')
    .select(sql<string>`data ->> 'targetId'`.as('target_id'))
    .where('entity_type', '=', 'work')
    .where('entity_id', '=', item.id)
    .where('type', '=', 'work:attempt-failed')
    .where('at', '>', item.retried_at ?? item.offered_at)
    .where(sql<boolean>`data ->> 'failureClass' = any(${ELSEWHERE}::text[]) AND data ? 'targetId'`)
    .groupBy('target_id')
    .orderBy(sql`max(seq)`, 'desc')
    .limit(FAILED_TARGETS_MAX)
    .execute();
  return rows.map(({ target_id: targetId }) => targetId);
}

/** Writes the item's queue row. What the item needs does not stand there: it follows from the policy at the moment of granting. */
export async function enqueue(tx: Tx, item: LockedItem, place: Place): Promise<void> {
  await enqueueAll(tx, [item], place);
}

export async function enqueueAll(tx: Tx, items: readonly LockedItem[], place: Place): Promise<void> {
  if (items.length === 0) return;
  await tx
    .insertInto('queue')
    .values(items.map((item) => toQueueRow(item, place)))
    .onConflict((conflict) =>
      conflict.column('work_id').doUpdateSet((row) => ({
        needs_key: row.ref('excluded.needs_key'),
        priority: row.ref('excluded.priority'),
        enqueued_at: row.ref('excluded.enqueued_at'),
        not_before: row.ref('excluded.not_before'),
        due: row.ref('excluded.due'),
        failed_target_ids: row.ref('excluded.failed_target_ids'),
      })),
    )
    .execute();
}

function toQueueRow(item: LockedItem, place: Place) {
  const earliest = sql<Date>`greatest(now() + make_interval(secs => ${place.delayMs / 1000}), ${item.not_before}::timestamptz)`;
  return {
    work_id: item.id,
    project_id: item.project_id,
    needs_key: needsKeyOf(toClassifiable(item), isApproved(item)),
    submitter: item.submitter,
    priority: item.priority,
    // Nobody ages before he may start.
    enqueued_at: sql<Date>`greatest(${place.since === 'offered' ? item.offered_at : sql`now()`}::timestamptz, ${item.not_before}::timestamptz)`,
    not_before: earliest,
    due: sql<boolean>`${earliest} <= now()`,
    failed_target_ids: [...(place.failedTargetIds ?? [])],
    approval_asked_at: null,
    approval_expires_at: null,
    approval_on_expiry: null,
  };
}

/** The same for all items that can use the same agents and targets; those that a person has approved are of a kind of their own. */
export function needsKeyOf({ capability, boundary, requiredAgentType, preferredAgentType }: Classifiable, approved = false): string {
  return toJson([capability, boundary, requiredAgentType ?? null, preferredAgentType ?? null, ...(approved ? ['approved'] : [])]);
}
