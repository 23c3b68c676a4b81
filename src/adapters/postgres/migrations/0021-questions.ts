import type { Migration } from './migration.ts';

/** What agents ask people while they work. */
export const questionsMigration: Migration = {
  number: 21,
  name: 'questions',
  sql: `
-- open: waits for a person; answered: a null answer means that nobody did, and the agent proceeds; expired: the attempt failed with it;
-- withdrawn: the attempt is over, or the agent has asked another one. Until delivered_at is set, an answer is on its way to the agent.
CREATE TABLE questions (
  work_id uuid NOT NULL REFERENCES work_items (id),
  id text NOT NULL CHECK (char_length(id) <= 32),
  fence integer NOT NULL,
  project_id text NOT NULL,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'expired', 'withdrawn')),
  text text NOT NULL CHECK (char_length(text) <= 4096),
  choices jsonb,
  on_expiry text NOT NULL CHECK (on_expiry IN ('fail', 'proceed')),
  asked_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  answer text CHECK (char_length(answer) <= 16384),
  answered_by text CHECK (char_length(answered_by) <= 128),
  closed_at timestamptz(3),
  delivered_at timestamptz(3),
  PRIMARY KEY (work_id, id)
);
-- At most one of an item at a time.
CREATE UNIQUE INDEX questions_open ON questions (work_id) WHERE state = 'open';
CREATE INDEX questions_undelivered ON questions (closed_at) WHERE state = 'answered' AND delivered_at IS NULL;
-- Set while the await has no idle clock, because this question is open.
ALTER TABLE leases ADD COLUMN question_id text CHECK (char_length(question_id) <= 32);
`,
};
