import type { Migration } from './migration.ts';

/** Agents that Weft did not start are asked to leave when they have been idle for as long as they say. */
export const idleAgentsMigration: Migration = {
  number: 31,
  name: 'idle-agents',
  sql: `
-- When that was asked of it last; null again as soon as anything about it changes.
ALTER TABLE agents ADD COLUMN idle_told_at timestamptz(3);
CREATE INDEX slots_left_by_foreign_agent ON slots (agent_guid, updated_at) WHERE target_id IS NULL AND state = 'released';
`,
};
