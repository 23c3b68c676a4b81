import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalMechanism } from '../../src/adapters/local/index.ts';
import { AgentGuid } from '../../src/domain/ids.ts';

const GRACE_MS = 2000;
const TIMEOUT_MS = 30_000;

/**
 * Ends the agents that were started from a data directory which is to be removed: the worker did not get round to it, and no later
 * start will find them.
 */
export async function endAgents(dataDir: string, hostId: string): Promise<void> {
  const agentsDir = join(dataDir, 'agents');
  if (!existsSync(agentsDir)) return;
  const mechanism = createLocalMechanism({ agentsDir, hostId, environment: {} });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const guids = readdirSync(agentsDir).flatMap((name) => AgentGuid.safeParse(name).data ?? []);
  await Promise.all(guids.map((guid) => mechanism.stop({ guid, handle: null, graceMs: GRACE_MS }, signal)));
}
