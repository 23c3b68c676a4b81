import type { Migration } from './migration.ts';

/**
 * The queue in the order in which the coordinator serves it, so that a round reads the first of each line and nothing else.
 * `rank_at` is `rankAtMs` of the domain; as a plain timestamp in UTC, since only then it may be generated.
 */
export const turnsMigration: Migration = {
  number: 15,
  name: 'turns',
  sql: `
-- Whose item it is: the name under which it was submitted (offered_by is always the coordinator, by contract).
ALTER TABLE work_items ADD COLUMN submitter text NOT NULL DEFAULT 'unknown';

ALTER TABLE queue
  ADD COLUMN submitter text,
  -- May be granted; the others wait for not_before. Set by the round that finds their time come.
  ADD COLUMN due boolean NOT NULL DEFAULT false,
  ADD COLUMN rank_at timestamp(3) GENERATED ALWAYS AS ((enqueued_at AT TIME ZONE 'UTC') - priority * interval '15 minutes') STORED;
UPDATE queue SET submitter = (SELECT w.submitter FROM work_items w WHERE w.id = queue.work_id), due = not_before <= now();
ALTER TABLE queue ALTER COLUMN submitter SET NOT NULL;
DROP INDEX queue_order;
DROP INDEX queue_not_before;
CREATE INDEX queue_order ON queue (project_id, needs_key, submitter, rank_at, work_id) WHERE due;
CREATE INDEX queue_not_before ON queue (not_before) WHERE NOT due;

-- Who holds a slot, or has held it, and for what: what fair shares are counted from. Empty on rows that were old already.
ALTER TABLE slots ADD COLUMN submitter text NOT NULL DEFAULT '', ADD COLUMN needs_key text NOT NULL DEFAULT '';
UPDATE slots SET submitter = w.submitter,
  needs_key = jsonb_build_array(w.capability, w.boundary, w.required_agent_type, w.preferred_agent_type)::text
  FROM work_items w WHERE w.id = slots.work_id AND (slots.state <> 'released' OR slots.updated_at > now() - interval '1 hour');
CREATE INDEX slots_of_line ON slots (project_id, needs_key, submitter, created_at);
CREATE INDEX slots_released ON slots (updated_at) WHERE state = 'released';
`,
};
