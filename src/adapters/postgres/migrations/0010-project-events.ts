import type { Migration } from './migration.ts';

/** The events of a project in their order; those without a position are nobody's to read. */
export const projectEventsMigration: Migration = {
  number: 10,
  name: 'project-events',
  sql: 'CREATE INDEX events_of_project ON events (project_id, position) WHERE position IS NOT NULL;',
};
