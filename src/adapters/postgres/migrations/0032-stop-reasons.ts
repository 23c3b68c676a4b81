import type { Migration } from './migration.ts';

/** An agent that is drained is not one that was idle, and whoever asked it to stop said why. */
export const stopReasonsMigration: Migration = {
  number: 32,
  name: 'stop-reasons',
  sql: `
-- Why it is asked to stop; null = nobody has asked.
ALTER TABLE sessions ADD COLUMN stop_reason text CHECK (char_length(stop_reason) <= 1024);
`,
};
