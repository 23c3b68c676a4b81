import type { Migration } from './migration.ts';

/** Starts of agents without a work item. */
export const spinUpsMigration: Migration = {
  number: 6,
  name: 'spin-ups',
  sql: `
-- serve: takes work items; command: is the target's command, run once.
ALTER TABLE sessions ADD COLUMN task text NOT NULL DEFAULT 'serve' CHECK (task IN ('serve', 'command'));

-- pending: waits for room; in-progress: granted, its session is written; then one of the ends.
CREATE TABLE spin_ups (
  id uuid PRIMARY KEY,
  project_id text NOT NULL REFERENCES projects (id),
  target_id uuid NOT NULL REFERENCES targets (id),
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'in-progress', 'success', 'failed', 'timeout')),
  requested_by text NOT NULL CHECK (char_length(requested_by) <= 128),
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  timeout_at timestamptz(3) NOT NULL,
  -- Why it still waits.
  reason text CHECK (char_length(reason) <= 1024),
  -- Set by the grant.
  agent_guid text UNIQUE REFERENCES sessions (guid),
  started_at timestamptz(3),
  -- When the session's workflow was started; until then it is tried again and again.
  workflow_seen_at timestamptz(3),
  completed_at timestamptz(3),
  error text CHECK (char_length(error) <= 1024),
  CHECK (status <> 'pending' OR agent_guid IS NULL),
  CHECK (status NOT IN ('in-progress', 'success') OR (agent_guid IS NOT NULL AND started_at IS NOT NULL)),
  CHECK ((status IN ('success', 'failed', 'timeout')) = (completed_at IS NOT NULL))
);
CREATE UNIQUE INDEX spin_ups_one_in_flight ON spin_ups (target_id) WHERE status IN ('pending', 'in-progress');
CREATE INDEX spin_ups_pending ON spin_ups (requested_at) WHERE status = 'pending';
CREATE INDEX spin_ups_unseen ON spin_ups (started_at) WHERE status = 'in-progress' AND workflow_seen_at IS NULL;
CREATE INDEX spin_ups_list ON spin_ups (project_id, requested_at DESC, id DESC);
CREATE INDEX spin_ups_of_target ON spin_ups (target_id, requested_at DESC, id DESC);
`,
};
