import type { Migration } from './migration.ts';

/** Who changed what through an interface of ours. */
export const auditMigration: Migration = {
  number: 2,
  name: 'audit',
  sql: `
CREATE TABLE audit (
  id bigserial PRIMARY KEY,
  at timestamptz(3) NOT NULL DEFAULT now(),
  actor text NOT NULL CHECK (char_length(actor) <= 128),
  request_id text NOT NULL CHECK (char_length(request_id) <= 128),
  -- Such as 'work.submit'.
  action text NOT NULL CHECK (char_length(action) <= 64),
  entity_type text NOT NULL CHECK (char_length(entity_type) <= 32),
  entity_id text NOT NULL CHECK (char_length(entity_id) <= 256),
  project_id text NOT NULL,
  -- Small facts: no descriptions, prompts or secrets. Null = it was not there before, or is not there any more.
  before jsonb,
  after jsonb
);
CREATE INDEX audit_of_project ON audit (project_id, id);
CREATE INDEX audit_of_entity ON audit (entity_type, entity_id, id);
`,
};
