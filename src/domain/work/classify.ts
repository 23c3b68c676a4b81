import type { ProjectPolicy } from '../policy/project-policy.ts';
import { boundaryRuleOf } from '../policy/project-policy.ts';
import type { AgentType } from '../targets/target.ts';
import type { WorkItem } from './work-item.ts';

/** What a slot must offer to an item; written to its queue row. */
export interface Needs {
  readonly capability: string;
  readonly boundary: string;
  /** Agent types that may take it, the best first. */
  readonly agentTypes: readonly AgentType[];
}

export type Classification =
  | { readonly kind: 'eligible'; readonly needs: Needs; readonly rule: string }
  /** Nothing may ever take it: the boundary forbids the agent type that the submitter requires. */
  | { readonly kind: 'forbidden'; readonly rule: string; readonly reason: string };

type Classifiable = Pick<WorkItem, 'capability' | 'boundary' | 'requiredAgentType' | 'preferredAgentType'>;

/**
 * What the item needs under the project's policy, and the rule that decided it.
 * The boundary's rule limits, the submitter's `requiredAgentType` narrows, `preferredAgentType` only orders.
 */
export function classify(item: Classifiable, policy: ProjectPolicy): Classification {
  const rule = boundaryRuleOf(policy, item.boundary);
  const required = item.requiredAgentType;
  if (required !== undefined && !rule.agentTypes.includes(required)) {
    return {
      kind: 'forbidden',
      rule: rule.name,
      reason: `the boundary "${item.boundary}" does not allow "${required}" (allowed: ${rule.agentTypes.join(', ')})`,
    };
  }
  const allowed = required === undefined ? rule.agentTypes : [required];
  const agentTypes = preferFirst(allowed, item.preferredAgentType ?? rule.preferred);
  return { kind: 'eligible', needs: { capability: item.capability, boundary: item.boundary, agentTypes }, rule: rule.name };
}

function preferFirst(types: readonly AgentType[], preferred: AgentType | undefined): readonly AgentType[] {
  if (preferred === undefined || !types.includes(preferred)) return types;
  return [preferred, ...types.filter((type) => type !== preferred)];
}
