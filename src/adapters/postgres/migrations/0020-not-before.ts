import type { Migration } from './migration.ts';

/** An item may say when it may start at the earliest. */
export const notBeforeMigration: Migration = {
  number: 20,
  name: 'not-before',
  sql: 'ALTER TABLE work_items ADD COLUMN not_before timestamptz(3);',
};
