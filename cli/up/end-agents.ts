import { join } from 'node:path';
import { createLocalMechanism, listAgentsInUse } from '../../src/adapters/local/index.ts';
import { AgentGuid } from '../../src/domain/ids.ts';

const GRACE_MS = 2000;
const TIMEOUT_MS = 30_000;

/**
 * Ends what still runs of the agents that were started from a data directory: the worker did not get round to it, and nobody sees
 * to them until the next start, if there is one. Returns those that could not be ended.
 */
export async function endAgents(dataDir: string, hostId: string): Promise<readonly AgentGuid[]> {
  const agentsDir = join(dataDir, 'agents');
  const mechanism = createLocalMechanism({ agentsDir, hostId, environment: {} });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const guids = (await listAgentsInUse(agentsDir)).flatMap((name) => AgentGuid.safeParse(name).data ?? []);
  const ends = await Promise.allSettled(guids.map((guid) => mechanism.stop({ guid, handle: null, graceMs: GRACE_MS }, signal)));
  return guids.filter((_, index) => ends[index]?.status !== 'fulfilled' || ends[index].value.kind !== 'gone');
}
