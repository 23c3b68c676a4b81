import type { TargetCapacity } from '../scheduling/snapshot.ts';
import { canStart, whyNotStarted } from '../targets/can-start.ts';
import type { DeploymentSpec } from './deployment.ts';
import type { TargetFacts } from './choose-target.ts';

/** The targets that a deployment may use, in its own order, and a sentence for each of the others. */
export function usableTargets(
  { targets: named, needs }: Pick<DeploymentSpec, 'targets' | 'needs'>,
  present: readonly TargetCapacity[],
): { readonly targets: readonly TargetFacts[]; readonly problems: readonly string[] } {
  const looks = [...new Set(named)].map((idOrName) => {
    const target = present.find(({ id }) => id === idOrName) ?? present.find(({ name }) => name === idOrName);
    if (target === undefined) return { facts: [], problem: `There is no target "${idOrName}".` };
    const unfit = whyUnfit(target, needs);
    const problem = unfit ?? whyNoStart(target);
    return { facts: unfit === null ? [{ id: target.id, startable: problem === null, room: target.agentsMax - target.held }] : [], problem };
  });
  return {
    targets: looks.flatMap(({ facts }) => facts),
    problems: looks.flatMap(({ problem }) => problem ?? []),
  };
}

function whyUnfit(target: TargetCapacity, { capabilities, boundaries, agentType }: DeploymentSpec['needs']): string | null {
  const missing = [...capabilities.filter((name) => !target.capabilities.includes(name)), ...boundaries.filter((name) => !target.boundaries.includes(name))];
  if (missing.length > 0) return `The target "${target.name}" does not offer ${missing.map((name) => `"${name}"`).join(', ')}.`;
  return agentType === undefined || agentType === target.agentType ? null : `The target "${target.name}" starts agents of another type.`;
}

function whyNoStart({ name, mechanism, disabled, hostOpen, breaker }: TargetCapacity): string | null {
  if (!canStart(mechanism)) return whyNotStarted(mechanism);
  if (disabled) return `The target "${name}" is disabled.`;
  if (breaker?.state === 'open') return `The target "${name}" takes no starts, because the last ones failed or its host does not answer.`;
  return hostOpen ? null : `The host of the target "${name}" is stopped.`;
}
