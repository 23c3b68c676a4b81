import type { Migration } from './migration.ts';

/** Items whose workflow is to be started stand in a table of their own: the row of an item, wide and often indexed, is not written again for it. */
export const unstartedWorkMigration: Migration = {
  number: 27,
  name: 'unstarted-work',
  sql: `
-- Written with what makes an item startable, deleted when its workflow is known to have been started. Without a reference to work_items,
-- which are never deleted: the check would cost more than the row.
CREATE TABLE unstarted_work (
  work_id uuid PRIMARY KEY,
  since timestamptz(3) NOT NULL DEFAULT now()
);
INSERT INTO unstarted_work (work_id, since)
  SELECT id, coalesce(retried_at, offered_at) FROM work_items WHERE phase = 'accepted' AND workflow_seen_at IS NULL;
DROP INDEX work_items_unstarted;
ALTER TABLE work_items DROP COLUMN workflow_seen_at;
`,
};
