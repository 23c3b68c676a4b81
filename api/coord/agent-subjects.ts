import { z } from 'zod';
import { isVisibleTo } from '../../src/domain/agents/merge-agents.ts';
import { Capability } from '../../src/domain/targets/target.ts';
import { listAgents } from '../agents.ts';
import { WHOLE_LIST_MAX } from '../limits.ts';
import { coordSubject } from './coord-subject.ts';
import type { CoordSubjects } from './coord-subject.ts';

const Filter = z.object({ capability: Capability.default('general') });

/** `coord.<project>.agents.*` */
export const agentSubjects: CoordSubjects = (deps) => [
  coordSubject('*.agents.list', Filter, async ({ capability }, { projectId }) => {
    const agents = (await listAgents(deps)).filter((agent) => isVisibleTo(agent, projectId) && agent.capabilities.includes(capability));
    return { kind: 'list', items: agents.slice(0, WHOLE_LIST_MAX), hasMore: agents.length > WHOLE_LIST_MAX };
  }),
];
