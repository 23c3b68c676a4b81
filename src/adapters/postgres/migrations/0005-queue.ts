import type { Migration } from './migration.ts';

/**
 * What an item needs follows from its row and from its project's policy at the moment of granting; the copy in the queue could
 * be outdated by a change of policy. `needs_key` is now made of the item's own wishes, under any policy.
 */
export const queueMigration: Migration = {
  number: 5,
  name: 'queue',
  sql: 'ALTER TABLE queue DROP COLUMN needs;',
};
