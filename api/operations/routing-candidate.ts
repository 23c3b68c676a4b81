import { z } from 'zod';
import { AgentGuid, TargetId } from '../../src/domain/ids.ts';
import { AgentType } from '../../src/domain/targets/target.ts';
import type { NamedCandidate } from '../../src/ports/ledger/routing-ledger.ts';

/** What a person reads; a project may have thousands of agents. */
export const CANDIDATES_MAX = 100;

export const RoutingCandidate = z
  .object({
    kind: z.enum(['agent', 'start']).meta({ description: 'A free agent, or the start of one on a target.' }),
    agentGuid: AgentGuid.exactOptional(),
    targetId: TargetId.exactOptional().meta({ description: 'Absent for an agent that registered by itself.' }),
    targetName: z.string().exactOptional(),
    agentType: AgentType.exactOptional(),
    kept: z.boolean(),
    rule: z.string().meta({ description: 'The rule that dropped it, or `kept`.' }),
  })
  .meta({ id: 'RoutingCandidate' });
export type RoutingCandidate = z.infer<typeof RoutingCandidate>;

export function toRoutingCandidate({ choice, rule, kept, targetName, agentType }: NamedCandidate): RoutingCandidate {
  const { targetId, ...chosen } = choice;
  return {
    ...chosen,
    ...(targetId === null ? {} : { targetId }),
    rule,
    kept,
    ...(targetName === null ? {} : { targetName }),
    ...(agentType === null ? {} : { agentType }),
  };
}
