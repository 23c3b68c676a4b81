import type { Migration } from './migration.ts';

/** Projects, or everything, in which nothing new is granted; targets that are being drained. */
export const holdsMigration: Migration = {
  number: 24,
  name: 'holds',
  sql: `
CREATE TABLE holds (
  -- A project, or '*' for everything, which no project can be called.
  scope text PRIMARY KEY CHECK (char_length(scope) BETWEEN 1 AND 64),
  draining boolean NOT NULL,
  reason text CHECK (char_length(reason) <= 1024),
  held_by text NOT NULL CHECK (char_length(held_by) <= 128),
  held_at timestamptz(3) NOT NULL DEFAULT now()
);
ALTER TABLE projects ADD COLUMN event_seq integer NOT NULL DEFAULT 0;
-- Only of a disabled target: its agents leave as soon as they are free.
ALTER TABLE targets ADD COLUMN draining boolean NOT NULL DEFAULT false;
`,
};
