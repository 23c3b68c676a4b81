import { sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import type { WorkFilter } from '../../ports/ledger/work-ledger.ts';
import type { Slot } from './built-statements.ts';

type Condition = RawBuilder<SqlBool>;

const CONDITIONS: Readonly<Record<keyof WorkFilter, (value: string | number | Slot) => Condition>> = {
  projectId: (value) => sql`work_items.project_id = ${value}`,
  status: (value) => sql`work_items.status = ${value}`,
  failureClass: (value) => sql`work_items.phase = 'dead-lettered' AND work_items.error ->> 'code' = ${value}`,
  boundary: (value) => sql`work_items.boundary = ${value}`,
  capability: (value) => sql`work_items.capability = ${value}`,
  submitter: (value) => sql`work_items.submitter = ${value}`,
  taskId: (value) => sql`work_items.task_id = ${value}`,
  assignedTo: (value) => sql`work_items.assigned_to = ${value}`,
  waitsFor: (value) =>
    sql`(${value}::text = 'person' AND work_items.id IN (SELECT work_id FROM questions WHERE state = 'open' UNION ALL SELECT work_id FROM queue WHERE approval_asked_at IS NOT NULL))`,
  priorityMin: (value) => sql`work_items.priority >= ${value}`,
  text: (value) => sql`work_items.id IN (SELECT work_id FROM work_texts WHERE text ILIKE ${value})`,
  offeredAfter: (value) => sql`work_items.offered_at >= ${value}::timestamptz`,
  offeredBefore: (value) => sql`work_items.offered_at < ${value}::timestamptz`,
  updatedAfter: (value) => sql`work_items.updated_at >= ${value}::timestamptz`,
  updatedBefore: (value) => sql`work_items.updated_at < ${value}::timestamptz`,
};

/** True for the rows of `work_items` for which everything holds that the filter gives. */
export function matches(filter: WorkFilter): Condition {
  return allOf(Object.entries(filterValues(filter)));
}

/** The same with slots, named like the filter's fields, for the values. */
export function matchesSlots(slots: Readonly<Record<string, Slot>>): Condition {
  return allOf(Object.entries(slots));
}

/** What is given of a filter, as its conditions take it. */
export function filterValues({ text, ...filter }: WorkFilter): Readonly<Record<string, string | number>> {
  return { ...filter, ...(text === undefined ? {} : { text: `%${escapePattern(text)}%` }) };
}

function allOf(given: readonly (readonly [string, string | number | Slot])[]): Condition {
  const conditions = given.map(([key, value]) => CONDITIONS[key as keyof WorkFilter](value)); // named like the filter's fields
  return sql<SqlBool>`(${sql.join(conditions, sql` AND `)})`;
}

/** The text itself, where a pattern would read its signs as wildcards. */
function escapePattern(text: string): string {
  return text.replace(/[\\%_]/gu, String.raw`\$&`);
}
