import type { Migration } from './migration.ts';

/** All targets where a waiting item could not start, the latest first, not only the last one. */
export const failedTargetsMigration: Migration = {
  number: 23,
  name: 'failed-targets',
  sql: `
ALTER TABLE queue ADD COLUMN failed_target_ids uuid[] NOT NULL DEFAULT '{}' CHECK (cardinality(failed_target_ids) <= 16);
UPDATE queue SET failed_target_ids = ARRAY[last_failed_target_id] WHERE last_failed_target_id IS NOT NULL;
ALTER TABLE queue DROP COLUMN last_failed_target_id;
`,
};
