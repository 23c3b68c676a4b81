import { z } from 'zod';
import { reaches } from '../../src/domain/agents/reach.ts';
import { StopGraceMs } from '../../src/domain/agents/stop-grace.ts';
import { AgentGuid } from '../../src/domain/ids.ts';
import { Capability } from '../../src/domain/targets/target.ts';
import { listAgents } from '../operations/agents.ts';
import { WHOLE_LIST_MAX } from '../limits.ts';
import { shutdownAgents } from '../operations/shutdown-agents.ts';
import { coordSubject, valueOf } from './coord-subject.ts';
import type { CoordSubjects } from './coord-subject.ts';

const Named = z.object({ guid: AgentGuid, graceful: z.boolean().default(true), gracePeriodMs: StopGraceMs.exactOptional() });
const Filter = z.object({ capability: Capability.default('general') });

/** `coord.<project>.agents.*` */
export const agentSubjects: CoordSubjects = (deps) => [
  coordSubject('*.agents.list', Filter, async ({ capability }, { projectId }) => {
    const agents = (await listAgents(deps)).filter(
      (agent) => agent.status !== 'offline' && reaches(agent, projectId, deps.config.user ?? null) && agent.capabilities.includes(capability),
    );
    return { kind: 'list', items: agents.slice(0, WHOLE_LIST_MAX), hasMore: agents.length > WHOLE_LIST_MAX };
  }),
  // Says `success` whatever becomes of it, as it always did: who is not there has stopped.
  coordSubject('*.agents.shutdown', Named, async ({ guid, graceful, gracePeriodMs }, { projectId, author, log }) => {
    const agents = (await listAgents(deps)).filter((agent) => agent.guid === guid && agent.projectId === projectId);
    if (agents.length > 0) await shutdownAgents(deps, { agents, request: { graceful, gracePeriodMs, reason: 'manual', author } }, log);
    return valueOf({ success: true });
  }),
];
