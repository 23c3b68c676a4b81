import type { Migration } from './migration.ts';

/** Work that may start only when a person has approved it (src/domain/policy/approval-policy.ts). */
export const approvalsMigration: Migration = {
  number: 25,
  name: 'approvals',
  sql: `
-- What was decided (StoredApproval); it holds for the round of attempts that it names.
ALTER TABLE work_items ADD COLUMN approval jsonb;
-- Set while the item waits for a person.
ALTER TABLE queue
  ADD COLUMN approval_asked_at timestamptz(3),
  ADD COLUMN approval_expires_at timestamptz(3),
  ADD COLUMN approval_on_expiry text CHECK (approval_on_expiry IN ('reject', 'proceed')),
  ADD CHECK ((approval_asked_at IS NULL) = (approval_expires_at IS NULL) AND (approval_asked_at IS NULL) = (approval_on_expiry IS NULL));
CREATE INDEX queue_approvals ON queue (approval_expires_at, work_id) WHERE approval_asked_at IS NOT NULL;
`,
};
