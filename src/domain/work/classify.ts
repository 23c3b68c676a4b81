import type { ProjectPolicy } from '../policy/project-policy.ts';
import { gateOf } from '../policy/approval-policy.ts';
import type { ApprovalGate } from '../policy/approval-policy.ts';
import { boundaryRuleOf } from '../policy/project-policy.ts';
import type { AgentType } from '../targets/target.ts';
import type { WorkItem } from './work-item.ts';

/** What a slot must offer to an item under its project's policy. */
export interface Needs {
  readonly capability: string;
  readonly boundary: string;
  /** Agent types that may take it, the best first. */
  readonly agentTypes: readonly AgentType[];
  /** Waits until an agent is free; none is started for it. */
  readonly freeAgentsOnly?: true;
  /** What is closed to it until a person has approved it; absent = nothing, or it is approved. */
  readonly gate?: ApprovalGate;
}

export type Classification =
  | { readonly kind: 'eligible'; readonly needs: Needs; readonly rule: string }
  /** Nothing may take it: the policy forbids the boundary, or for this boundary the agent type that the submitter requires. */
  | { readonly kind: 'forbidden'; readonly rule: string; readonly reason: string };

export type Classifiable = Pick<WorkItem, 'capability' | 'boundary' | 'requiredAgentType' | 'preferredAgentType'>;

/**
 * What the item needs under the project's policy, and the rule that decided it.
 * The boundary's rule limits, the submitter's `requiredAgentType` narrows, `preferredAgentType` only orders.
 */
export function classify(item: Classifiable, policy: ProjectPolicy): Classification {
  const rule = boundaryRuleOf(policy, item.boundary);
  if (rule.agentTypes.length === 0) {
    return { kind: 'forbidden', rule: rule.name, reason: `the project's policy forbids the boundary "${item.boundary}"` };
  }
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
  const starts = rule.triggerSpinUpOnEmpty === false ? { freeAgentsOnly: true as const } : {};
  const gate = gateOf(policy.approval, item.boundary);
  const needs = { capability: item.capability, boundary: item.boundary, agentTypes, ...starts, ...(gate === null ? {} : { gate }) };
  return { kind: 'eligible', needs, rule: rule.name };
}

/** The same when a person has approved it. */
export function withoutGate({ gate: _gate, ...needs }: Needs): Needs {
  return needs;
}

/** As `classify`; an item that was forbidden after it was admitted waits for a policy that allows it to somebody. */
export function needsOf(item: Classifiable, policy: ProjectPolicy): Needs {
  const verdict = classify(item, policy);
  return verdict.kind === 'eligible' ? verdict.needs : { capability: item.capability, boundary: item.boundary, agentTypes: [] };
}

function preferFirst(types: readonly AgentType[], preferred: AgentType | undefined): readonly AgentType[] {
  if (preferred === undefined || !types.includes(preferred)) return types;
  return [preferred, ...types.filter((type) => type !== preferred)];
}
