import { z } from 'zod';
import { AgentType, Boundary, Capability, IdleTimeoutMs, MechanismName } from '../targets/target.ts';
import { ApprovalPolicy } from './approval-policy.ts';
import { effectiveRetryPolicy, OwnRetryPolicy, RetryPolicy } from './retry-policy.ts';

/** Which agent types may see work of a boundary, which one is tried first, and whether agents are started for it. */
export const BoundaryRule = z
  .strictObject({
    agentTypes: z.array(AgentType).min(1).max(8),
    preferred: AgentType.exactOptional(),
    triggerSpinUpOnEmpty: z
      .boolean()
      .exactOptional()
      .meta({ description: 'false = wait until an agent is free, never start one. Without it, agents are started.' }),
  })
  .meta({ id: 'BoundaryRule' });
export type BoundaryRule = z.infer<typeof BoundaryRule>;

/** What is said of a boundary: any agent type may take its work, none may, or a rule. */
const BoundaryPolicy = z.union([z.enum(['any', 'forbid']), BoundaryRule]).meta({ id: 'BoundaryPolicy' });
type BoundaryPolicy = z.infer<typeof BoundaryPolicy>;

const SubmitterName = z.string().min(1).max(128);
const NAMES_MAX = 100;

function slotsMaxBy(name: z.ZodType<string, string>) {
  return z
    .partialRecord(z.union([z.literal('*'), name]), z.int().min(0).max(100_000))
    .refine((limits) => Object.keys(limits).length <= NAMES_MAX, `must name at most ${String(NAMES_MAX)}`)
    .exactOptional();
}

/** A policy in full. */
export const ProjectPolicy = z
  .object({
    slotsMax: z.int().min(0).max(100_000).meta({ description: 'Slots (agents at work or starting) the project may hold at once; 0 = nothing is handed out.' }),
    weight: z
      .number()
      .min(0.01)
      .max(1000)
      .exactOptional()
      .meta({ description: 'What it may hold beside other projects that want the same: by weight, in agent-minutes of the last hour. Without it 1.' }),
    slotsMaxByMechanism: slotsMaxBy(MechanismName).meta({ description: 'Slots at agents of one mechanism; `*` = each mechanism that is not named.' }),
    slotsMaxByCapability: slotsMaxBy(Capability).meta({ description: 'Slots for items of one capability; `*` = each capability that is not named.' }),
    slotsMaxBySubmitter: slotsMaxBy(SubmitterName).meta({
      description: 'Slots for items of one submitter (the name of the token); `*` = each submitter that is not named.',
    }),
    idleTimeoutMs: IdleTimeoutMs.exactOptional().meta({
      description: 'An agent free for longer is retired, where its target says nothing; 0 = never. Without it as the installation is set.',
    }),
    boundaries: z.record(Boundary, BoundaryPolicy).refine((boundaries) => Object.keys(boundaries).length <= 100, 'must name at most 100 boundaries'),
    otherBoundaries: BoundaryPolicy.meta({ description: 'For every boundary that is not named.' }),
    approval: ApprovalPolicy.exactOptional().meta({ description: 'What may start only when a person has approved it. Without it, nothing waits for one.' }),
    retry: RetryPolicy,
  })
  .meta({ id: 'ProjectPolicy' });
export type ProjectPolicy = z.infer<typeof ProjectPolicy>;

/**
 * What a project says itself; the rest is the default. A boundary that it names replaces the default rule of that name. A word
 * that is none is refused, here and in its parts: left out, it would open what its writer meant to close.
 */
export const OwnPolicy = z
  .strictObject({
    slotsMax: ProjectPolicy.shape.slotsMax.exactOptional(),
    weight: ProjectPolicy.shape.weight,
    slotsMaxByMechanism: ProjectPolicy.shape.slotsMaxByMechanism,
    slotsMaxByCapability: ProjectPolicy.shape.slotsMaxByCapability,
    slotsMaxBySubmitter: ProjectPolicy.shape.slotsMaxBySubmitter,
    idleTimeoutMs: ProjectPolicy.shape.idleTimeoutMs,
    boundaries: ProjectPolicy.shape.boundaries.exactOptional(),
    otherBoundaries: ProjectPolicy.shape.otherBoundaries.exactOptional(),
    approval: ProjectPolicy.shape.approval,
    retry: OwnRetryPolicy.exactOptional(),
  })
  .meta({ id: 'OwnPolicy' });
export type OwnPolicy = z.infer<typeof OwnPolicy>;

const ANY_TYPE: BoundaryRule = { agentTypes: ['claude-code', 'copilot-cli'] };

/** The routing policy of the original (weft-contract §8.2); every other boundary is the user's own. */
const DEFAULT_BOUNDARY_RULES: ProjectPolicy['boundaries'] = {
  corporate: { agentTypes: ['copilot-cli'], preferred: 'copilot-cli' },
  'corporate-adjacent': { agentTypes: ['copilot-cli', 'claude-code'], preferred: 'copilot-cli' },
  personal: { agentTypes: ['claude-code', 'copilot-cli'], preferred: 'claude-code' },
  'open-source': 'any',
};

/** The policy of a project that says nothing itself. */
export function defaultPolicy(slotsMax: number): ProjectPolicy {
  return { slotsMax, boundaries: DEFAULT_BOUNDARY_RULES, otherBoundaries: 'any', retry: effectiveRetryPolicy(undefined) };
}

/** What holds for a project: its own words over the defaults. */
export function effectivePolicy(own: OwnPolicy | null, defaults: ProjectPolicy): ProjectPolicy {
  return { ...defaults, ...own, boundaries: { ...defaults.boundaries, ...own?.boundaries }, retry: effectiveRetryPolicy(own?.retry) };
}

/** The rule for a boundary and the name under which decisions record it; no agent types = forbidden. */
export interface NamedRule extends BoundaryRule {
  readonly name: string;
}

export function boundaryRuleOf(policy: ProjectPolicy, boundary: string): NamedRule {
  const named = Object.hasOwn(policy.boundaries, boundary) ? policy.boundaries[boundary] : undefined;
  const said = named ?? policy.otherBoundaries;
  const name = named === undefined ? 'other-boundaries' : `boundary:${boundary}`;
  if (said === 'any') return { ...ANY_TYPE, name };
  if (said === 'forbid') return { agentTypes: [], name };
  return { ...said, name };
}
