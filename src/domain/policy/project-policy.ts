import { z } from 'zod';
import { AgentType, Boundary } from '../targets/target.ts';

/** Which agent types may see work of a boundary, and which one is tried first. */
export const BoundaryRule = z.object({
  agentTypes: z.array(AgentType).min(1).max(8),
  preferred: AgentType.exactOptional(),
});
export type BoundaryRule = z.infer<typeof BoundaryRule>;

export const ProjectPolicy = z.object({
  /** Slots (agents at work or starting) the project may hold at once. */
  slotsMax: z.int().min(0).max(100_000),
  boundaries: z.record(Boundary, BoundaryRule),
});
export type ProjectPolicy = z.infer<typeof ProjectPolicy>;

const ANY_TYPE: BoundaryRule = { agentTypes: ['claude-code', 'copilot-cli'] };

/** The routing policy of the original (weft-contract §8.2); every other boundary is the user's own and allows any type. */
const DEFAULT_BOUNDARY_RULES: ProjectPolicy['boundaries'] = {
  corporate: { agentTypes: ['copilot-cli'], preferred: 'copilot-cli' },
  'corporate-adjacent': { agentTypes: ['copilot-cli', 'claude-code'], preferred: 'copilot-cli' },
  personal: { agentTypes: ['claude-code', 'copilot-cli'], preferred: 'claude-code' },
  'open-source': ANY_TYPE,
};

/** The policy of a project that has stored none. */
export function defaultPolicy(slotsMax: number): ProjectPolicy {
  return { slotsMax, boundaries: DEFAULT_BOUNDARY_RULES };
}

/** The rule for a boundary and the name under which decisions record it. */
export function boundaryRuleOf(policy: ProjectPolicy, boundary: string): BoundaryRule & { readonly name: string } {
  const rule = Object.hasOwn(policy.boundaries, boundary) ? policy.boundaries[boundary] : undefined;
  return rule === undefined ? { ...ANY_TYPE, name: 'any-agent-type' } : { ...rule, name: `boundary:${boundary}` };
}
