import type { Migration } from './migration.ts';

/** Hosts that somebody has declared gone, and which workers are there. */
export const hostsGoneMigration: Migration = {
  number: 28,
  name: 'hosts-gone',
  sql: `
ALTER TABLE hosts
  ADD COLUMN gone_at timestamptz(3),
  ADD COLUMN gone_by text CHECK (char_length(gone_by) <= 128),
  ADD COLUMN gone_reason text CHECK (char_length(gone_reason) <= 1024),
  ADD CHECK (gone_at IS NULL OR NOT open);

-- A table of its own, because every start holds the row of its host for the length of a transaction, and a beat must not wait.
CREATE TABLE host_beats (
  host_id text PRIMARY KEY REFERENCES hosts (id) ON DELETE CASCADE,
  seen_at timestamptz(3) NOT NULL,
  -- Until then the worker counts as there, unless it says again that it is.
  up_until timestamptz(3) NOT NULL
) WITH (fillfactor = 50);
INSERT INTO host_beats (host_id, seen_at, up_until) SELECT id, updated_at, updated_at FROM hosts;

-- Declared gone with its host, which stops it when it is back.
ALTER TABLE sessions ADD COLUMN left_behind boolean NOT NULL DEFAULT false;
CREATE INDEX sessions_left_behind ON sessions (host_id, guid) WHERE left_behind;
CREATE INDEX targets_of_host ON targets (host_id) WHERE removed_at IS NULL;
`,
};
