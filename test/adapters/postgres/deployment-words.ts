import { randomUUID } from 'node:crypto';
import { DeploymentCreate } from '../../../src/domain/deployments/deployment.ts';
import type { Deployment, DeploymentReplica } from '../../../src/domain/deployments/deployment.ts';
import type { SessionEnd } from '../../../src/domain/agents/session-end.ts';
import type { DeploymentRef, DeploymentRound } from '../../../src/ports/ledger/deployment-ledger.ts';
import type { z } from 'zod';
import { AUTHOR } from '../../support/author.ts';
import type { World } from './open-world.ts';

/** Short words for what tests do with deployments. */
export function deploymentWords(world: () => World) {
  const words = {
    create: (body: Partial<z.input<typeof DeploymentCreate>> & { targets: string[] }): Promise<Deployment> => {
      const parsed = DeploymentCreate.parse({ name: `d-${randomUUID().slice(0, 8)}`, ...body });
      return world().ledger.deployments.create({ id: randomUUID(), projectId: parsed.projectId ?? 'default', body: parsed }, AUTHOR);
    },
    refTo: (idOrName: string): DeploymentRef => ({ idOrName, first: 'default', projects: 'all' }),
    find: async (id: string): Promise<Deployment> => {
      const found = await world().ledger.deployments.find(words.refTo(id));
      if (found === null) throw new Error(`no deployment ${id}`);
      return found;
    },
    keep: (id: string): Promise<DeploymentRound> => world().ledger.deployments.keep(id, { startTimeoutMs: 60_000 }),
    replicas: (id: string): Promise<readonly DeploymentReplica[]> => world().ledger.deployments.replicasOf(id),
    /** What the states of its replicas are, in order. */
    states: async (id: string): Promise<readonly string[]> => (await words.replicas(id)).map(({ state }) => state),
    agentOf: async (id: string, index: number): Promise<string> => {
      const guid = (await words.replicas(id)).find((replica) => replica.index === index)?.agentGuid;
      if (guid === undefined) throw new Error(`nothing runs for the replica ${String(index)}`);
      return guid;
    },
    /** A look, a round of the coordinator, and every agent that was started registers. */
    bringUp: async (id: string): Promise<void> => {
      await words.keep(id);
      await world().grantSlots();
      for (const { state, agentGuid } of await words.replicas(id)) {
        if (state === 'starting' && agentGuid !== undefined) await world().ledger.sessions.recordRegistered(agentGuid);
      }
      await words.keep(id);
    },
    /** The agent ends, verified. */
    end: async (guid: string, cause: SessionEnd, message: string = cause): Promise<void> => {
      await world().ledger.sessions.recordEnding(guid, { cause, message });
      await world().ledger.sessions.recordGone(guid);
    },
    events: async (id: string): Promise<readonly string[]> =>
      (await world().ledger.deployments.eventsOf(id, { afterSeq: 0, limit: 1000 })).map(({ type }) => type.replace('deployment:', '')),
  };
  return words;
}
