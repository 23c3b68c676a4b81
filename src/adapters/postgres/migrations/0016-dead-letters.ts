import type { Migration } from './migration.ts';

/** The failed items of a project by the class of their failure, in the list's order. */
export const deadLettersMigration: Migration = {
  number: 16,
  name: 'dead-letters',
  sql: `
CREATE INDEX work_items_dead_letters ON work_items (project_id, (error ->> 'code'), (-priority), offered_at, id) WHERE phase = 'dead-lettered';
`,
};
