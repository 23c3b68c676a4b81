import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Agent } from '../../src/domain/agents/agent.ts';
import { WeftError } from '../../src/domain/errors.ts';
import { requireReach } from './actors.ts';
import { findAgent } from '../operations/agents.ts';
import type { AgentSources } from '../operations/agents.ts';
import { PARAM_CHARS_MAX } from '../limits.ts';

export const GuidParams = z.object({ guid: z.string().max(PARAM_CHARS_MAX) });

/** The agent that a request names; throws `NOT_FOUND`, also when it belongs to a project that does not exist for the caller. */
export async function requireAgent(sources: AgentSources, request: FastifyRequest, guid: string): Promise<Agent> {
  const agent = await findAgent(sources, guid);
  if (agent === null) throw new WeftError('NOT_FOUND', `There is no agent ${guid.slice(0, 64)}.`);
  requireReach(request, agent.projectId, `agent ${agent.guid}`);
  return agent;
}
