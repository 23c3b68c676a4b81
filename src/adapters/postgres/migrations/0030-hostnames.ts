import type { Migration } from './migration.ts';

/** What the machine of a host calls itself, and so where an agent that was started there runs. */
export const hostnamesMigration: Migration = {
  number: 30,
  name: 'hostnames',
  sql: `
-- Null until the worker of the host has started again.
ALTER TABLE hosts ADD COLUMN hostname text CHECK (char_length(hostname) <= 256);
ALTER TABLE sessions ADD COLUMN hostname text CHECK (char_length(hostname) <= 256);
`,
};
