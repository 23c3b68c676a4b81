import type { TargetId } from '../ids.ts';
import type { DeploymentSpec } from './deployment.ts';

/** A target of the deployment that is there and offers what is needed; in the order of the spec. */
export interface TargetFacts {
  readonly id: TargetId;
  /** Not switched off, and a worker of its host takes starts. */
  readonly startable: boolean;
  /** Agents that still fit there. */
  readonly room: number;
}

interface Choice {
  readonly placement: DeploymentSpec['placement'];
  /** Where the deployment's agents are, or are to be: one entry each. */
  readonly places: readonly TargetId[];
  /** Starts that were given in the same plan, which the room does not know of. */
  readonly given: ReadonlyMap<TargetId, number>;
  /** Where the replica ended last: others come first. */
  readonly avoid: TargetId | null;
}

/** Where a replica is started; null = nowhere now. On a full target it waits for room. */
export function chooseTarget(targets: readonly TargetFacts[], { placement, places, given, avoid }: Choice): TargetId | null {
  const ranked = targets
    .filter(({ startable }) => startable)
    .map(({ id, room }, order) => ({
      id,
      rank: [room - (given.get(id) ?? 0) > 0 ? 0 : 1, id === avoid ? 1 : 0, placement === 'spread' ? places.filter((place) => place === id).length : 0, order],
    }))
    .sort((a, b) => compareRanks(a.rank, b.rank));
  return ranked[0]?.id ?? null;
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
