import type { Migration } from './migration.ts';

/** Targets that are switched off, and quick answers about their names and starts. */
export const targetsMigration: Migration = {
  number: 7,
  name: 'targets',
  sql: `
ALTER TABLE targets
  ADD COLUMN disabled_at timestamptz(3),
  ADD COLUMN disabled_reason text CHECK (char_length(disabled_reason) <= 1024);
CREATE INDEX targets_by_name ON targets (name) WHERE removed_at IS NULL;
CREATE INDEX sessions_newest ON sessions (target_id, created_at DESC);
`,
};
