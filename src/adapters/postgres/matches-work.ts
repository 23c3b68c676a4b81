import { sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import type { WorkFilter } from '../../ports/ledger/work-ledger.ts';

type Condition = RawBuilder<SqlBool>;

const CONDITIONS: Readonly<Record<keyof WorkFilter, (value: string | number) => Condition>> = {
  projectId: (value) => sql`work_items.project_id = ${value}`,
  status: (value) => sql`work_items.status = ${value}`,
  boundary: (value) => sql`work_items.boundary = ${value}`,
  capability: (value) => sql`work_items.capability = ${value}`,
  taskId: (value) => sql`work_items.task_id = ${value}`,
  assignedTo: (value) => sql`work_items.assigned_to = ${value}`,
  priorityMin: (value) => sql`work_items.priority >= ${value}`,
  text: (value) => sql`work_items.id IN (SELECT work_id FROM work_texts WHERE text ILIKE ${`%${escapePattern(String(value))}%`})`,
  offeredAfter: (value) => sql`work_items.offered_at >= ${value}::timestamptz`,
  offeredBefore: (value) => sql`work_items.offered_at < ${value}::timestamptz`,
  updatedAfter: (value) => sql`work_items.updated_at >= ${value}::timestamptz`,
  updatedBefore: (value) => sql`work_items.updated_at < ${value}::timestamptz`,
};

/** True for the rows of `work_items` for which everything holds that the filter gives. */
export function matches(filter: WorkFilter): Condition {
  const given = (Object.keys(CONDITIONS) as (keyof WorkFilter)[]).flatMap((key) => {
    const value = filter[key];
    return value === undefined ? [] : [CONDITIONS[key](value)];
  });
  return sql<SqlBool>`(${sql.join(given, sql` AND `)})`;
}

/** The text itself, where a pattern would read its signs as wildcards. */
function escapePattern(text: string): string {
  return text.replace(/[\\%_]/gu, String.raw`\$&`);
}
