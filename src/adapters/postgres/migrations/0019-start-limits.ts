import type { Migration } from './migration.ts';

/** What limits of starts are counted from: when each began, and when the last one failed. */
export const startLimitsMigration: Migration = {
  number: 19,
  name: 'start-limits',
  sql: `
ALTER TABLE targets ADD COLUMN start_failed_at timestamptz(3);
CREATE INDEX sessions_started ON sessions (target_id, created_at);
`,
};
