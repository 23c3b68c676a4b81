import type { Migration } from './migration.ts';

/** Items that wait for others. Such an item enters the queue only when it waits no longer. */
export const dependenciesMigration: Migration = {
  number: 22,
  name: 'dependencies',
  sql: `
CREATE TABLE work_dependencies (
  work_id uuid NOT NULL REFERENCES work_items (id),
  depends_on_id uuid NOT NULL REFERENCES work_items (id),
  -- How that one ended, once the item has taken note of it.
  outcome text CHECK (outcome IN ('completed', 'dead-lettered', 'cancelled')),
  PRIMARY KEY (work_id, depends_on_id)
);
CREATE INDEX work_dependencies_open ON work_dependencies (depends_on_id, work_id) WHERE outcome IS NULL;

ALTER TABLE work_items
  -- null: it depends on nothing.
  ADD COLUMN on_dependency_failure text CHECK (on_dependency_failure IN ('fail', 'release')),
  -- It has ended, and items that depend on it have not taken note: the coordinator's next round sees to it.
  ADD COLUMN dependents_due boolean NOT NULL DEFAULT false;
CREATE INDEX work_items_dependents_due ON work_items (id) WHERE dependents_due;
`,
};
