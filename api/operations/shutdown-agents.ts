import type { FastifyBaseLogger } from 'fastify';
import type { Agent } from '../../src/domain/agents/agent.ts';
import { chooseForShutdown } from '../../src/domain/agents/batch-shutdown.ts';
import type { BatchShutdown } from '../../src/domain/agents/batch-shutdown.ts';
import type { ShutdownRequest } from '../../src/ports/ledger/agent-ledger.ts';
import { listAgents } from './agents.ts';
import { toBatchFields } from './batch.ts';
import type { ApiDeps } from '../deps.ts';
import { BATCH_CHUNK } from '../limits.ts';
import { tellEngine } from '../engine/tell-engine.ts';

/**
 * Asks agents to stop. Of those that we started it is written down first, and they are told until they end; what they worked on
 * goes on elsewhere. The others hear it on NATS, if they listen: throws `BUS_UNAVAILABLE` when they cannot be told.
 */
export async function shutdownAgents(
  deps: ApiDeps,
  { agents, request }: { agents: readonly Agent[]; request: ShutdownRequest },
  log: FastifyBaseLogger,
): Promise<void> {
  const own = new Set<string>();
  for (let index = 0; index < agents.length; index += BATCH_CHUNK) {
    for (const guid of await deps.agents.requestShutdown(agents.slice(index, index + BATCH_CHUNK), request)) own.add(guid);
  }
  const foreign = agents.filter(({ guid }) => !own.has(guid));
  if (foreign.length > 0) await deps.signals.askToStop(foreign, { graceful: request.graceful });
  const reason = `asked to stop (${request.reason})`;
  await tellEngine(
    log,
    { missed: 'not all agents that are to stop were told; the coordinator tells them' },
    [...own].map((guid) => () => deps.engine.stopSession(guid, reason)),
  );
}

export interface ShutdownBatch extends Pick<ShutdownRequest, 'author'> {
  readonly body: BatchShutdown;
  /** Whether the project exists for the caller. */
  readonly mayReach: (projectId: string) => boolean;
}

export async function shutdownBatch(deps: ApiDeps, { body, mayReach, author }: ShutdownBatch, log: FastifyBaseLogger) {
  const known = (await listAgents(deps)).filter(({ projectId }) => mayReach(projectId));
  const choices = chooseForShutdown(known, body, deps.registry.nowMs());
  const agents = choices.flatMap((choice) => ('agent' in choice ? [choice.agent] : []));
  const { graceful, gracePeriodMs, reason } = body;
  if (agents.length > 0) await shutdownAgents(deps, { agents, request: { graceful, gracePeriodMs, reason, author } }, log);
  const fields = toBatchFields(
    choices.map((choice) => ({ id: choice.guid, ...('error' in choice ? { error: choice.error, code: choice.code } : {}) })),
    new Date(),
  );
  return { ...fields, shutdownAgents: fields.success, graceful };
}
