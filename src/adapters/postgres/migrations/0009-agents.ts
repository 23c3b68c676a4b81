import type { Migration } from './migration.ts';

/** Agents that somebody asked to stop, and what was last told of agents that Weft did not start. */
export const agentsMigration: Migration = {
  number: 9,
  name: 'agents',
  sql: `
ALTER TABLE sessions
  ADD COLUMN shutdown_requested_at timestamptz(3),
  ADD COLUMN shutdown_graceful boolean;
CREATE INDEX sessions_asked_to_stop ON sessions (updated_at) WHERE shutdown_requested_at IS NOT NULL AND end_cause IS NULL AND state <> 'gone';

CREATE TABLE agents (
  guid text PRIMARY KEY CHECK (char_length(guid) BETWEEN 1 AND 64),
  project_id text NOT NULL CHECK (char_length(project_id) <= 64),
  summary jsonb NOT NULL,
  status text NOT NULL CHECK (status IN ('online', 'busy', 'offline')),
  task_count integer NOT NULL CHECK (task_count >= 0),
  -- Which entry of the registry said so: when the server took it, and its revision. Older ones change nothing.
  stored_at_ms bigint NOT NULL,
  revision bigint NOT NULL,
  event_seq integer NOT NULL DEFAULT 0,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX agents_offline ON agents (updated_at) WHERE status = 'offline';
`,
};
