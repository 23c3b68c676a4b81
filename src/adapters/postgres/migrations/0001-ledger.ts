import type { Migration } from './migration.ts';

/*
 * The whole ledger in its first form. A shipped migration never changes: add the next number.
 * Times are `timestamptz(3)`: JavaScript knows milliseconds, and keyset pages compare what they were given.
 */
export const ledgerMigration: Migration = {
  number: 1,
  name: 'ledger',
  sql: `
-- One row. The secret signs run tokens; it never leaves this database but to sign.
CREATE TABLE installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id text NOT NULL CHECK (char_length(id) BETWEEN 1 AND 128),
  secret bytea NOT NULL CHECK (octet_length(secret) >= 32),
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE projects (
  id text PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 64),
  policy jsonb,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE work_items (
  id uuid PRIMARY KEY,
  project_id text NOT NULL REFERENCES projects (id),
  task_id text NOT NULL CHECK (char_length(task_id) <= 256),
  capability text NOT NULL CHECK (char_length(capability) <= 64),
  boundary text NOT NULL CHECK (char_length(boundary) <= 64),
  description text NOT NULL CHECK (char_length(description) <= 65536),
  priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 10),
  preferred_agent_type text,
  required_agent_type text,
  deadline timestamptz(3),
  context_data jsonb,
  limits jsonb NOT NULL,
  offered_by text NOT NULL,
  offered_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  phase text NOT NULL DEFAULT 'accepted'
    CHECK (phase IN ('accepted', 'waiting', 'starting', 'leased', 'working', 'completed', 'dead-lettered', 'cancelled')),
  reason text CHECK (char_length(reason) <= 16384),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  interruptions integer NOT NULL DEFAULT 0 CHECK (interruptions >= 0),
  -- The last fence handed out; the next grant takes the next number.
  fence integer NOT NULL DEFAULT 0 CHECK (fence >= 0),
  -- The workflow run that owns the row; null until the first one was seen.
  run_id text CHECK (char_length(run_id) <= 128),
  workflow_seen_at timestamptz(3),
  -- The last event number of this item; grows only under the row's lock.
  event_seq integer NOT NULL DEFAULT 0,
  cancel_requested_at timestamptz(3),
  cancel_reason text CHECK (char_length(cancel_reason) <= 1024),
  assigned_to text,
  assigned_at timestamptz(3),
  progress double precision CHECK (progress BETWEEN 0 AND 100),
  progress_message text CHECK (char_length(progress_message) <= 1024),
  -- The fence under which the agent itself reported an end; 0 = none.
  final_report_fence integer NOT NULL DEFAULT 0,
  -- The whole result of that report, until the item is settled; Temporal carries only its summary.
  final_result jsonb,
  result jsonb,
  error jsonb,
  settled_at timestamptz(3)
-- Each row is rewritten a dozen times in its life; room in its page keeps most of them off the indexes.
) WITH (fillfactor = 70);
CREATE INDEX work_items_list ON work_items (project_id, priority DESC, offered_at, id);
CREATE INDEX work_items_unstarted ON work_items (offered_at, id) WHERE phase = 'accepted';
CREATE INDEX work_items_unsettled ON work_items (id) WHERE phase NOT IN ('completed', 'dead-lettered', 'cancelled');

CREATE TABLE idempotency_keys (
  project_id text NOT NULL REFERENCES projects (id),
  key text NOT NULL CHECK (char_length(key) <= 255),
  body_hash text NOT NULL CHECK (char_length(body_hash) = 64),
  work_id uuid NOT NULL REFERENCES work_items (id) DEFERRABLE INITIALLY DEFERRED,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Who waits for a slot. A granted, cancelled or settled item has no row here.
CREATE TABLE queue (
  work_id uuid PRIMARY KEY REFERENCES work_items (id),
  project_id text NOT NULL REFERENCES projects (id),
  needs jsonb NOT NULL,
  -- Items with the same key can use the same agents and targets.
  needs_key text NOT NULL CHECK (char_length(needs_key) <= 1024),
  priority smallint NOT NULL,
  enqueued_at timestamptz(3) NOT NULL DEFAULT now(),
  not_before timestamptz(3) NOT NULL DEFAULT now(),
  last_failed_target_id uuid
);
CREATE INDEX queue_order ON queue (project_id, needs_key, priority DESC, enqueued_at, work_id);
CREATE INDEX queue_not_before ON queue (not_before);

-- Hosts whose worker takes starts; a host without a row takes none.
CREATE TABLE hosts (
  id text PRIMARY KEY CHECK (char_length(id) BETWEEN 1 AND 64),
  open boolean NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE targets (
  id uuid PRIMARY KEY,
  project_id text NOT NULL REFERENCES projects (id),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
  description text CHECK (char_length(description) <= 4096),
  agent_type text NOT NULL,
  capabilities text[] NOT NULL CHECK (cardinality(capabilities) BETWEEN 1 AND 64),
  boundaries text[] NOT NULL CHECK (cardinality(boundaries) BETWEEN 1 AND 64),
  mechanism text NOT NULL,
  -- As sent, for the answer to the user; and in the one inner form, for the spin-up.
  config jsonb NOT NULL,
  mechanism_config jsonb NOT NULL,
  host_id text NOT NULL,
  limits jsonb NOT NULL,
  agents_max integer NOT NULL CHECK (agents_max BETWEEN 1 AND 1000),
  health_check jsonb,
  health_status text NOT NULL DEFAULT 'unknown' CHECK (health_status IN ('healthy', 'unhealthy', 'unknown')),
  last_health_check timestamptz(3),
  last_error text CHECK (char_length(last_error) <= 16384),
  tags text[] CHECK (cardinality(tags) <= 64),
  registered_by text NOT NULL DEFAULT 'api',
  registered_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  event_seq integer NOT NULL DEFAULT 0,
  -- Removed targets stay, because sessions refer to them.
  removed_at timestamptz(3)
);
CREATE UNIQUE INDEX targets_name ON targets (project_id, name) WHERE removed_at IS NULL;

CREATE TABLE sessions (
  guid text PRIMARY KEY CHECK (char_length(guid) BETWEEN 1 AND 64),
  project_id text NOT NULL REFERENCES projects (id),
  target_id uuid NOT NULL REFERENCES targets (id),
  target_name text NOT NULL,
  mechanism text NOT NULL,
  host_id text NOT NULL,
  agent_type text NOT NULL,
  capabilities text[] NOT NULL,
  boundaries text[] NOT NULL,
  idle_timeout_ms integer NOT NULL CHECK (idle_timeout_ms >= 0),
  state text NOT NULL CHECK (state IN ('starting', 'busy', 'free', 'draining', 'gone')),
  -- The item it works on, or, while draining, worked on last; null when free.
  work_id uuid REFERENCES work_items (id),
  fence integer,
  handle jsonb,
  -- Task token of the supervising activity.
  task_token bytea CHECK (octet_length(task_token) <= 8192),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  registered_at timestamptz(3),
  free_since timestamptz(3),
  end_cause text,
  end_message text CHECK (char_length(end_message) <= 16384),
  -- Taken out of the free set by the coordinator.
  retired_at timestamptz(3),
  event_seq integer NOT NULL DEFAULT 0,
  CHECK ((state = 'free') = (free_since IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX sessions_of_target ON sessions (target_id, state);
CREATE INDEX sessions_free ON sessions (free_since) WHERE state = 'free';
CREATE INDEX sessions_of_work ON sessions (work_id) WHERE state IN ('starting', 'busy', 'draining');
CREATE INDEX sessions_not_gone ON sessions (guid) WHERE state <> 'gone';
CREATE INDEX sessions_of_host ON sessions (host_id) WHERE state <> 'gone';
CREATE INDEX sessions_to_stop ON sessions (updated_at) WHERE state = 'draining' AND end_cause IS NULL;

-- Permission for one item to use one agent, or one start on a target. Inserted by grantSlots only.
CREATE TABLE slots (
  grant_id uuid PRIMARY KEY,
  work_id uuid NOT NULL REFERENCES work_items (id),
  fence integer NOT NULL CHECK (fence >= 1),
  project_id text NOT NULL REFERENCES projects (id),
  kind text NOT NULL CHECK (kind IN ('agent', 'start')),
  -- For a start: the GUID that the item chose when it took the slot.
  agent_guid text,
  target_id uuid NOT NULL REFERENCES targets (id),
  state text NOT NULL DEFAULT 'granted' CHECK (state IN ('granted', 'taken', 'released')),
  run_id text,
  -- The attempt's number for people, kept for repeated answers.
  attempt integer,
  -- When the item was last told of it.
  told_at timestamptz(3) NOT NULL DEFAULT now(),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  UNIQUE (work_id, fence),
  CHECK (kind = 'start' OR agent_guid IS NOT NULL),
  CHECK (state <> 'taken' OR (agent_guid IS NOT NULL AND run_id IS NOT NULL AND attempt IS NOT NULL))
);
CREATE UNIQUE INDEX slots_one_active_per_item ON slots (work_id) WHERE state <> 'released';
CREATE INDEX slots_of_project ON slots (project_id) WHERE state <> 'released';
CREATE INDEX slots_granted ON slots (told_at) WHERE state = 'granted';
CREATE INDEX slots_of_target ON slots (target_id) WHERE state = 'granted';

-- Why a slot went where it went.
CREATE TABLE decisions (
  grant_id uuid PRIMARY KEY REFERENCES slots (grant_id),
  work_id uuid NOT NULL REFERENCES work_items (id),
  fence integer NOT NULL,
  chosen jsonb NOT NULL,
  -- The first candidates in their order; candidates_total counts all that were looked at.
  candidates jsonb NOT NULL,
  candidates_total integer NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX decisions_of_work ON decisions (work_id, fence);

-- "This agent works on this item under this fence", with the awaiting activity's task token.
CREATE TABLE leases (
  work_id uuid PRIMARY KEY REFERENCES work_items (id),
  project_id text NOT NULL,
  fence integer NOT NULL,
  run_id text NOT NULL,
  await_no integer NOT NULL CHECK (await_no >= 0),
  agent_guid text NOT NULL,
  task_token bytea NOT NULL CHECK (octet_length(task_token) <= 8192),
  idle_timeout_ms integer NOT NULL,
  written_at timestamptz(3) NOT NULL DEFAULT now()
);

-- A final report that found no activity to complete.
CREATE TABLE parked_reports (
  work_id uuid NOT NULL REFERENCES work_items (id),
  fence integer NOT NULL,
  report jsonb NOT NULL,
  parked_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (work_id, fence)
);

-- Everything that happened. Rows never change but for position, which the relay gives once.
CREATE TABLE events (
  id bigserial PRIMARY KEY,
  entity_type text NOT NULL CHECK (entity_type IN ('work', 'agent', 'target')),
  entity_id text NOT NULL,
  seq integer NOT NULL CHECK (seq >= 1),
  event_key text NOT NULL UNIQUE CHECK (char_length(event_key) <= 256),
  project_id text NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL,
  fence integer,
  agent_guid text,
  at timestamptz(3) NOT NULL DEFAULT now(),
  position bigint UNIQUE,
  -- What the writer was told, for a repeat of the same write; never published.
  reply jsonb,
  UNIQUE (entity_type, entity_id, seq)
);
CREATE INDEX events_unpositioned ON events (id) WHERE position IS NULL;
`,
};
