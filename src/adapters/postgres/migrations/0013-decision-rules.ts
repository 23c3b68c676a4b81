import type { Migration } from './migration.ts';

/** The rule under which a slot was granted. */
export const decisionRulesMigration: Migration = {
  number: 13,
  name: 'decision-rules',
  sql: `
-- The rule of the boundary that said what the item needs; null for decisions from before.
ALTER TABLE decisions ADD COLUMN rule text CHECK (char_length(rule) <= 128);
`,
};
