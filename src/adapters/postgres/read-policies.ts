import { sql } from 'kysely';
import type { ProjectId } from '../../domain/ids.ts';
import { effectivePolicy } from '../../domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { Db } from './database.ts';

/** What holds now for each of these projects. */
export async function readPolicies(tx: Db, projectIds: readonly ProjectId[], defaults: ProjectPolicy): Promise<ReadonlyMap<ProjectId, ProjectPolicy>> {
  const rows = await tx
    .selectFrom('projects')
    .select(['id', 'policy'])
    .where('id', '=', sql<string>`any(${projectIds}::text[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, effectivePolicy(row.policy, defaults)]));
}
