import { sql } from 'kysely';
import type { GrantId } from '../../domain/ids.ts';
import type { LedgerRound } from '../../domain/scheduling/grant.ts';
import type { StartableWork } from '../../domain/work/startable-work.ts';
import type { OwnRetryRules } from '../../domain/work/retry-rules.ts';
import { toWorkStatus } from '../../domain/work/to-work-status.ts';
import type { Tx } from './database.ts';
import type { WorkItemRow } from './tables.ts';
import { present } from './to-work-item.ts';

// No more than that: the description and the context are large.
const STARTABLE_COLUMNS = [
  'w.project_id',
  'w.capability',
  'w.boundary',
  'w.priority',
  'w.phase',
  'w.attempts',
  'w.retries',
  'w.limits',
  'w.offered_at',
  'w.not_before',
  'w.deadline',
  'w.cancel_requested_at',
] as const;

type StartableColumn = (typeof STARTABLE_COLUMNS)[number] extends `w.${infer Column extends keyof WorkItemRow}` ? Column : never;

function toStartable(row: Pick<WorkItemRow, StartableColumn | 'id'>): StartableWork {
  return {
    id: row.id,
    projectId: row.project_id,
    capability: row.capability,
    boundary: row.boundary,
    priority: row.priority,
    phase: row.phase,
    status: toWorkStatus(row.phase),
    attempts: row.attempts,
    retries: row.retries,
    limits: row.limits,
    offeredAt: row.offered_at.toISOString(),
    ...present({
      notBefore: row.not_before?.toISOString(),
      deadline: row.deadline?.toISOString(),
      cancelRequestedAt: row.cancel_requested_at?.toISOString(),
    }),
  };
}

/** What the items of these slots are told, as it is now; in the order of the ids. */
export async function readGrants(tx: Tx, grantIds: readonly GrantId[]): Promise<LedgerRound['grants']> {
  if (grantIds.length === 0) return [];
  const rows = await tx
    .selectFrom('slots as g')
    .innerJoin('work_items as w', 'w.id', 'g.work_id')
    .leftJoin('targets as t', 't.id', 'g.target_id')
    .leftJoin('unstarted_work as u', 'u.work_id', 'g.work_id')
    .select(STARTABLE_COLUMNS)
    .select(['u.work_id as unstarted_id'])
    .select(['g.grant_id', 'g.work_id', 'g.fence', 'g.kind', 'g.agent_guid', 'g.target_id', 't.name', 't.mechanism'])
    .select(sql<OwnRetryRules | null>`(SELECT p.policy -> 'retry' FROM projects p WHERE p.id = g.project_id)`.as('retry'))
    .where('g.grant_id', '=', sql<string>`any(${grantIds}::uuid[])`)
    .orderBy(sql`array_position(${grantIds}::uuid[], g.grant_id)`)
    .execute();
  return rows.map((row) => ({
    grantId: row.grant_id,
    workId: row.work_id,
    unstarted: row.unstarted_id === null ? null : toStartable({ ...row, id: row.work_id }),
    fence: row.fence,
    choice:
      row.kind === 'agent'
        ? { kind: 'agent', agentGuid: row.agent_guid ?? '', targetId: row.target_id } // never null for an agent (a check of the table)
        : { kind: 'start', targetId: row.target_id ?? '' }, // nor a target for a start
    terms: { attempt: row.attempts + 1, targetName: row.name, mechanism: row.mechanism, ...present({ retry: row.retry }) },
  }));
}
