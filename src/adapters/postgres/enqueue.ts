import { sql } from 'kysely';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import { classify } from '../../domain/work/classify.ts';
import type { Classification, Needs } from '../../domain/work/classify.ts';
import type { TargetId } from '../../domain/ids.ts';
import type { Tx } from './database.ts';
import { toJson } from './json.ts';
import type { LockedItem } from './locked-item.ts';
import { present } from './to-work-item.ts';

export interface Place {
  readonly delayMs: number;
  /** `offered`: an item that lost its slot through no fault of its own stands where its age puts it; `now`: behind the others. */
  readonly since: 'offered' | 'now';
  /** Where the last attempt could not start. */
  readonly lastFailedTargetId: TargetId | null;
}

/** What the item needs under its project's policy as it is now. */
export async function classifyItem(tx: Tx, item: LockedItem, defaultPolicy: ProjectPolicy): Promise<Classification> {
  const project = await tx.selectFrom('projects').select('policy').where('id', '=', item.project_id).executeTakeFirstOrThrow();
  return classify(
    {
      capability: item.capability,
      boundary: item.boundary,
      ...present({ requiredAgentType: item.required_agent_type, preferredAgentType: item.preferred_agent_type }),
    },
    project.policy ?? defaultPolicy,
  );
}

/** Puts the item back into the queue after an attempt; nothing when it is to be cancelled. */
export async function enqueueAgain(tx: Tx, item: LockedItem, how: { place: Place; defaultPolicy: ProjectPolicy }): Promise<void> {
  if (item.cancel_requested_at !== null) return;
  const verdict = await classifyItem(tx, item, how.defaultPolicy);
  // Forbidden since it was admitted: it waits for a rule that allows something, and says so.
  const needs = verdict.kind === 'eligible' ? verdict.needs : { capability: item.capability, boundary: item.boundary, agentTypes: [] };
  await enqueue(tx, item, { needs, place: how.place });
}

/** Writes the item's queue row. */
export async function enqueue(tx: Tx, item: LockedItem, { needs, place }: { needs: Needs; place: Place }): Promise<void> {
  const row = {
    project_id: item.project_id,
    needs: toJson(needs),
    needs_key: toJson([needs.capability, needs.boundary, needs.agentTypes]),
    priority: item.priority,
    enqueued_at: place.since === 'offered' ? item.offered_at : sql<Date>`now()`,
    not_before: sql<Date>`now() + make_interval(secs => ${place.delayMs / 1000})`,
    last_failed_target_id: place.lastFailedTargetId,
  };
  await tx
    .insertInto('queue')
    .values({ work_id: item.id, ...row })
    .onConflict((conflict) => conflict.column('work_id').doUpdateSet(row))
    .execute();
}
