import type { Migration } from './migration.ts';

/** A granting round asks which deadlines have passed, and when the next one does. */
export const deadlinesMigration: Migration = {
  number: 29,
  name: 'deadlines',
  sql: `
CREATE INDEX work_items_deadline ON work_items (deadline)
  WHERE deadline IS NOT NULL AND phase NOT IN ('completed', 'dead-lettered', 'cancelled');
`,
};
