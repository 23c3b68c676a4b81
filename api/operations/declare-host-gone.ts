import type { FastifyBaseLogger } from 'fastify';
import type { Author } from '../../src/domain/access/actor.ts';
import type { Host } from '../../src/domain/hosts/host.ts';
import type { HostId } from '../../src/domain/ids.ts';
import type { ApiDeps } from '../deps.ts';
import { tellEngine } from '../engine/tell-engine.ts';
import { wakeCoordinator } from '../engine/wake-coordinator.ts';

interface Declaration {
  readonly hostId: HostId;
  readonly reason: string | null;
  readonly author: Author;
}

/**
 * It is written down first; then the supervision of each agent is told to give it up. Those that are not told now, or were not
 * told when somebody said the same before, are told by the reconciler. Null = there is no such host.
 */
export async function declareHostGone(deps: Pick<ApiDeps, 'hosts' | 'engine'>, { hostId, ...wish }: Declaration, log: FastifyBaseLogger): Promise<Host | null> {
  const declared = await deps.hosts.declareGone(hostId, wish);
  if (declared === null) return null;
  const { host, agents, message } = declared;
  await tellEngine(
    log,
    { missed: 'not all agents of a host that is gone could be given up; the reconciler does it' },
    agents.map((guid) => () => deps.engine.giveUpSession(guid, message)),
  );
  await wakeCoordinator(deps, log);
  return host;
}
