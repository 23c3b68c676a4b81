import { sql } from 'kysely';
import type { ProjectId, WorkId } from '../../domain/ids.ts';
import { judgeDependencies } from '../../domain/work/dependencies.ts';
import type { Dependency, DependencyVerdict } from '../../domain/work/dependencies.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import { SETTLED_PHASES } from '../../domain/work/work-item.ts';
import type { Db, Tx } from './database.ts';
import type { LockedItem } from './locked-item.ts';

/** Takes note of what has ended by now of what a locked item depends on. */
export async function lookAtDependencies(tx: Tx, { id, on_dependency_failure: onFailure }: LockedItem): Promise<DependencyVerdict> {
  if (onFailure === null) return { kind: 'ready' };
  // Locked: an end that is being written now is waited for, and one that is written later finds the rows of this item.
  await sql`
    SELECT 1 FROM work_items WHERE id IN (SELECT depends_on_id FROM work_dependencies WHERE work_id = ${id} AND outcome IS NULL)
    ORDER BY id FOR SHARE`.execute(tx);
  await noteEnds(tx, [id]);
  return judgeDependencies((await readDependencies(tx, [id])).get(id) ?? [], onFailure);
}

/** Writes down how that has ended on which these items, which are locked, depend. */
export async function noteEnds(tx: Tx, workIds: readonly WorkId[]): Promise<void> {
  await sql`
    UPDATE work_dependencies d SET outcome = w.phase FROM work_items w
    WHERE d.work_id = any(${workIds}::uuid[]) AND d.outcome IS NULL AND w.id = d.depends_on_id AND w.phase = any(${[...SETTLED_PHASES]}::text[])`.execute(tx);
}

/** What each of these items depends on, in order of id. */
export async function readDependencies(db: Db, workIds: readonly WorkId[]): Promise<ReadonlyMap<WorkId, readonly Dependency[]>> {
  const { rows } = await sql<Dependency & { workId: WorkId }>`
    SELECT work_id AS "workId", depends_on_id AS id, outcome FROM work_dependencies
    WHERE work_id = any(${workIds}::uuid[]) ORDER BY work_id, depends_on_id`.execute(db);
  const found = new Map<WorkId, Dependency[]>();
  for (const { workId, ...dependency } of rows) found.set(workId, [...(found.get(workId) ?? []), dependency]);
  return found;
}

/** Those of `ids` that the project does not have. */
export async function missingIn(db: Db, projectId: ProjectId, ids: readonly WorkId[]): Promise<readonly WorkId[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: WorkId }>`
    SELECT asked.id FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS asked(id, place)
    WHERE NOT EXISTS (SELECT 1 FROM work_items w WHERE w.id = asked.id AND w.project_id = ${projectId}) ORDER BY place`.execute(db);
  return rows.map(({ id }) => id);
}

/** What a new item would wait for now; one that does not exist is taken for one that has not ended. */
export async function foreseeDependencies(db: Db, { dependsOn = [], onDependencyFailure = 'fail' }: NewWorkItem): Promise<DependencyVerdict> {
  if (dependsOn.length === 0) return { kind: 'ready' };
  const { rows } = await sql<Dependency>`
    SELECT asked.id, CASE WHEN w.phase = any(${[...SETTLED_PHASES]}::text[]) THEN w.phase END AS outcome
    FROM unnest(${dependsOn}::uuid[]) AS asked(id) LEFT JOIN work_items w ON w.id = asked.id`.execute(db);
  return judgeDependencies(rows, onDependencyFailure);
}
