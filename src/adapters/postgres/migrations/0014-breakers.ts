import type { Migration } from './migration.ts';

/** A breaker per target (src/domain/targets/breaker.ts); one that was found unhealthy before gets one start to show otherwise. */
export const breakersMigration: Migration = {
  number: 14,
  name: 'breakers',
  sql: `
ALTER TABLE targets
  ADD COLUMN breaker_state text NOT NULL DEFAULT 'closed' CHECK (breaker_state IN ('closed', 'open', 'half-open')),
  ADD COLUMN breaker_cause text CHECK (breaker_cause IN ('starts', 'refused', 'health')),
  ADD COLUMN breaker_since timestamptz(3),
  ADD COLUMN breaker_until timestamptz(3),
  ADD COLUMN breaker_failures integer NOT NULL DEFAULT 0,
  ADD COLUMN breaker_openings integer NOT NULL DEFAULT 0,
  ADD COLUMN breaker_error text CHECK (char_length(breaker_error) <= 1024),
  ADD CHECK ((breaker_state = 'open') = (breaker_until IS NOT NULL));
UPDATE targets SET breaker_state = 'half-open', breaker_cause = 'health', breaker_openings = 1 WHERE last_error IS NOT NULL AND removed_at IS NULL;
CREATE INDEX targets_open_breakers ON targets (breaker_until) WHERE breaker_state = 'open';
`,
};
