import type { Migration } from './migration.ts';

/** How long an agent that somebody asked to stop may take to end; null = as its worker is set. */
export const stopGraceMigration: Migration = {
  number: 11,
  name: 'stop-grace',
  sql: `ALTER TABLE sessions ADD COLUMN stop_grace_ms integer CHECK (stop_grace_ms >= 0)`,
};
