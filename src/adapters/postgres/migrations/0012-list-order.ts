import type { Migration } from './migration.ts';

/** The list's order in one direction, so that a page begins where the one before it ended, however far down that is. */
export const listOrderMigration: Migration = {
  number: 12,
  name: 'list-order',
  sql: `
CREATE INDEX work_items_in_list ON work_items (project_id, (-priority), offered_at, id);
CREATE INDEX work_items_in_list_by_status ON work_items (project_id, status, (-priority), offered_at, id);
DROP INDEX work_items_list;
DROP INDEX work_items_list_by_status;
`,
};
