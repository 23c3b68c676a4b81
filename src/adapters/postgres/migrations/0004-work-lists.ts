import type { Migration } from './migration.ts';

/** What the list of work items filters and searches by, and the counts of an item that was driven again. */
export const workListsMigration: Migration = {
  number: 4,
  name: 'work-lists',
  sql: `
ALTER TABLE work_items
  -- The outward status; a test compares it with the domain's own word for each phase.
  ADD COLUMN status text NOT NULL GENERATED ALWAYS AS (CASE phase
    WHEN 'leased' THEN 'assigned' WHEN 'working' THEN 'in-progress' WHEN 'completed' THEN 'completed'
    WHEN 'dead-lettered' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' ELSE 'pending' END) STORED,
  -- What the item weighs in a page of a list.
  ADD COLUMN bytes integer NOT NULL GENERATED ALWAYS AS (octet_length(description)
    + coalesce(octet_length(context_data::text), 0) + coalesce(octet_length(result::text), 0)) STORED,
  -- How often it was driven again after it had failed, and when last; its attempts count from then.
  ADD COLUMN retries integer NOT NULL DEFAULT 0 CHECK (retries >= 0),
  ADD COLUMN retried_at timestamptz(3),
  -- Attempts of the earlier drives.
  ADD COLUMN attempts_before integer NOT NULL DEFAULT 0 CHECK (attempts_before >= 0);
CREATE INDEX work_items_list_by_status ON work_items (project_id, status, priority DESC, offered_at, id);
CREATE INDEX work_items_by_task ON work_items (project_id, task_id);
CREATE INDEX work_items_by_agent ON work_items (assigned_to) WHERE assigned_to IS NOT NULL;
-- How long items like one have waited, the latest first.
CREATE INDEX work_items_assigned ON work_items (project_id, capability, boundary, assigned_at DESC) WHERE assigned_at IS NOT NULL;
CREATE INDEX sessions_held ON sessions (target_id) WHERE state <> 'gone';

-- What the text search reads. Of its own, because it never changes, while its item's row is rewritten a dozen times.
CREATE TABLE work_texts (
  work_id uuid PRIMARY KEY REFERENCES work_items (id) ON DELETE CASCADE,
  text text NOT NULL CHECK (char_length(text) <= 8192)
);
CREATE FUNCTION weft_keep_work_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO work_texts (work_id, text) VALUES (NEW.id, NEW.task_id || E'\\n' || left(NEW.description, 4096));
  RETURN NULL;
END $$;
CREATE TRIGGER work_items_text AFTER INSERT ON work_items FOR EACH ROW EXECUTE FUNCTION weft_keep_work_text();
INSERT INTO work_texts (work_id, text) SELECT id, task_id || E'\\n' || left(description, 4096) FROM work_items;
-- A database that has no pg_trgm, or lets us not have it, searches slower, within the statement's time.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX work_texts_search ON work_texts USING gin (text gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported THEN
  RAISE NOTICE 'no pg_trgm: the text search has no index';
END $$;
`,
};
