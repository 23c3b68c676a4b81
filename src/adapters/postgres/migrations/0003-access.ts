import type { Migration } from './migration.ts';

/** Stored tokens, and projects that are more than a name. */
export const accessMigration: Migration = {
  number: 3,
  name: 'access',
  sql: `
CREATE TABLE api_tokens (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 64),
  -- SHA-256 is enough for a secret of 256 random bits: there is nothing to guess that a slow hash would protect.
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 16),
  -- Null = all projects.
  projects text[] CHECK (cardinality(projects) BETWEEN 1 AND 100),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  created_by text NOT NULL CHECK (char_length(created_by) <= 128),
  expires_at timestamptz(3),
  -- To within some minutes, so that reading costs no write.
  last_used_at timestamptz(3),
  revoked_at timestamptz(3)
);
CREATE INDEX api_tokens_list ON api_tokens (created_at DESC, id DESC);

-- A token may belong to several projects, or to all.
ALTER TABLE audit ALTER COLUMN project_id DROP NOT NULL;

ALTER TABLE projects
  ADD COLUMN description text CHECK (char_length(description) <= 4096),
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD COLUMN updated_at timestamptz(3) NOT NULL DEFAULT now();
`,
};
