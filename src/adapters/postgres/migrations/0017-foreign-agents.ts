import type { Migration } from './migration.ts';

/** Agents that Weft did not start can hold slots. */
export const foreignAgentsMigration: Migration = {
  number: 17,
  name: 'foreign-agents',
  sql: `
ALTER TABLE agents
  -- What it can be given, as its entry of the registry says; null until that is read again.
  ADD COLUMN offer jsonb,
  -- It did not take what it was offered: it is offered nothing more until then.
  ADD COLUMN resting_until timestamptz(3);

ALTER TABLE slots
  -- Without a target: an agent that registered by itself.
  ALTER COLUMN target_id DROP NOT NULL,
  ADD CHECK (kind = 'agent' OR target_id IS NOT NULL),
  -- Released, but its agent, which nobody here can end, was not heard to have stopped.
  ADD COLUMN may_work boolean NOT NULL DEFAULT false;
CREATE INDEX slots_of_foreign_agent ON slots (agent_guid) WHERE target_id IS NULL AND state <> 'released';
CREATE INDEX slots_that_may_work ON slots (work_id) WHERE may_work;
`,
};
