import type { Migration } from './migration.ts';

/** What a deployment waits for from outside, as its last look found it, so that a granting round sees at once when that is over. */
export const heldDeploymentsMigration: Migration = {
  number: 26,
  name: 'held-deployments',
  sql: `
ALTER TABLE deployments
  -- What holds it up (src/domain/deployments/held.ts); null = nothing.
  ADD COLUMN held text CHECK (char_length(held) <= 32),
  -- Some of its starts found no target.
  ADD COLUMN unplaced boolean NOT NULL DEFAULT false;
CREATE INDEX deployments_waiting ON deployments (id) WHERE removed_at IS NULL AND (unplaced OR held IS NOT NULL);
UPDATE deployments SET unplaced = true WHERE removed_at IS NULL AND conditions @> '[{"type": "Placeable", "status": "False"}]';
`,
};
