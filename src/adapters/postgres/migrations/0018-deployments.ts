import type { Migration } from './migration.ts';

/** Deployments: how many agents are to be kept running, and what runs for each of them. */
export const deploymentsMigration: Migration = {
  number: 18,
  name: 'deployments',
  sql: `
CREATE TABLE deployments (
  id uuid PRIMARY KEY,
  project_id text NOT NULL REFERENCES projects (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 63),
  description text CHECK (char_length(description) <= 4096),
  spec jsonb NOT NULL,
  -- Of what replicas are started from; an older replica is replaced.
  revision integer NOT NULL DEFAULT 1,
  paused boolean NOT NULL DEFAULT false,
  draining boolean NOT NULL DEFAULT false,
  -- It drains, and is removed when nothing runs any more.
  removing boolean NOT NULL DEFAULT false,
  -- As last told by an event.
  phase text NOT NULL DEFAULT 'progressing',
  conditions jsonb NOT NULL DEFAULT '[]',
  version integer NOT NULL DEFAULT 1,
  event_seq integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  removed_at timestamptz(3)
);
-- A name is free again when the deployment that had it is removed, so that no two have one workflow.
CREATE UNIQUE INDEX deployments_name ON deployments (project_id, name) WHERE removed_at IS NULL;
CREATE INDEX deployments_active ON deployments (id) WHERE removed_at IS NULL;

ALTER TABLE spin_ups
  ADD COLUMN deployment_id uuid REFERENCES deployments (id),
  ADD COLUMN task text NOT NULL DEFAULT 'command' CHECK (task IN ('serve', 'command')),
  -- How long the agent may take to register, once granted; null = as long as it was to wait for room.
  ADD COLUMN start_timeout_ms integer CHECK (start_timeout_ms > 0);
-- One at a time for each target is what a person asks for; a deployment has one for each of its replicas.
DROP INDEX spin_ups_one_in_flight;
CREATE UNIQUE INDEX spin_ups_one_in_flight ON spin_ups (target_id) WHERE status IN ('pending', 'in-progress') AND deployment_id IS NULL;

CREATE TABLE deployment_replicas (
  deployment_id uuid NOT NULL REFERENCES deployments (id),
  index integer NOT NULL CHECK (index >= 0),
  revision integer NOT NULL,
  -- Where it was started last.
  target_id uuid REFERENCES targets (id),
  -- The start that runs for it, until what was started is verified gone and accounted for; null = nothing runs.
  spin_up_id uuid UNIQUE REFERENCES spin_ups (id),
  -- Why the deployment wants it to end; null = it does not.
  stop_reason text CHECK (char_length(stop_reason) <= 256),
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  restarts integer NOT NULL DEFAULT 0 CHECK (restarts >= 0),
  not_before timestamptz(3),
  finished boolean NOT NULL DEFAULT false,
  last_end text CHECK (char_length(last_end) <= 1024),
  PRIMARY KEY (deployment_id, index)
);

ALTER TABLE sessions
  -- Its deployment wants it to end when its item has.
  ADD COLUMN retire_when_free boolean NOT NULL DEFAULT false,
  -- The command that it was started for has ended with an error.
  ADD COLUMN exit_failed boolean NOT NULL DEFAULT false;

-- What may happen to what is the code's to say.
ALTER TABLE events DROP CONSTRAINT events_entity_type_check, ADD CONSTRAINT events_entity_type_check CHECK (char_length(entity_type) <= 32);
`,
};
