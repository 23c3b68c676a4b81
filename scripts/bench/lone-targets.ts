import { z } from 'zod';
import pg from 'pg';
import { waitFor } from '../demo/wait-for.ts';
import type { Stack } from '../demo/stack.ts';
import { callApi } from './call-api.ts';
import { WORK } from './submit-one.ts';

/** Targets of one agent each, and an item for each of them: no agent can take a second one, so every item needs a start. */
export interface LoneTargets {
  /** Bodies for `POST /api/work`. */
  readonly bodies: readonly string[];
  /** Waits until the agents are gone, and removes the targets. */
  readonly remove: () => Promise<void>;
}

// Long enough to be given its item first; then its runner leaves or is asked to.
const IDLE_MS = 4000;
const GONE_TIMEOUT_MS = 120_000;

export async function registerLoneTargets({ api, database }: Stack, { count, name }: { count: number; name: string }): Promise<LoneTargets> {
  const capabilities = Array.from({ length: count }, (_, n) => `${name}-${String(n)}`);
  for (const capability of capabilities) {
    await callApi(api, ['POST', '/api/targets'], {
      name: capability,
      agentType: 'claude-code',
      capabilities: [capability],
      mechanism: 'local',
      config: { mechanism: 'local', command: 'true', args: [] },
      limits: { agentsMax: 1, idleTimeoutMs: IDLE_MS },
    });
  }
  return {
    bodies: capabilities.map((capability) => JSON.stringify({ ...WORK, capability })),
    remove: async () => {
      await untilNoSessions(database);
      for (const capability of capabilities) await callApi(api, ['DELETE', `/api/targets/${capability}`]);
    },
  };
}

async function untilNoSessions(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await waitFor({ what: 'the agents to be gone', timeoutMs: GONE_TIMEOUT_MS, signal: new AbortController().signal }, async () => {
      const { rows } = await client.query("select count(*)::int as left from sessions where state <> 'gone'");
      return z.tuple([z.object({ left: z.int() })]).parse(rows)[0].left === 0 ? true : null;
    });
  } finally {
    await client.end();
  }
}
