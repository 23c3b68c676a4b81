import { sql } from 'kysely';
import type { GrantId } from '../../domain/ids.ts';
import type { LedgerRound } from '../../domain/scheduling/grant.ts';
import type { OwnRetryRules } from '../../domain/work/retry-rules.ts';
import type { Tx } from './database.ts';
import { present } from './to-work-item.ts';

/** What the items of these slots are told, as it is now; in the order of the ids. */
export async function readGrants(tx: Tx, grantIds: readonly GrantId[]): Promise<LedgerRound['grants']> {
  if (grantIds.length === 0) return [];
  const rows = await tx
    .selectFrom('slots as g')
    .innerJoin('work_items as w', 'w.id', 'g.work_id')
    .leftJoin('targets as t', 't.id', 'g.target_id')
    .select(['g.grant_id', 'g.work_id', 'g.fence', 'g.kind', 'g.agent_guid', 'g.target_id', 'w.attempts', 't.name', 't.mechanism'])
    .select(sql<OwnRetryRules | null>`(SELECT p.policy -> 'retry' FROM projects p WHERE p.id = g.project_id)`.as('retry'))
    .where('g.grant_id', '=', sql<string>`any(${grantIds}::uuid[])`)
    .orderBy(sql`array_position(${grantIds}::uuid[], g.grant_id)`)
    .execute();
  return rows.map((row) => ({
    grantId: row.grant_id,
    workId: row.work_id,
    fence: row.fence,
    choice:
      row.kind === 'agent'
        ? { kind: 'agent', agentGuid: row.agent_guid ?? '', targetId: row.target_id } // never null for an agent (a check of the table)
        : { kind: 'start', targetId: row.target_id ?? '' }, // nor a target for a start
    terms: { attempt: row.attempts + 1, targetName: row.name, mechanism: row.mechanism, ...present({ retry: row.retry }) },
  }));
}
