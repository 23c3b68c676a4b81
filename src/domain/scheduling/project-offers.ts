import type { Needs } from '../work/classify.ts';
import type { FreeAgent, TargetCapacity } from './snapshot.ts';

export type Offer = Pick<FreeAgent, 'capabilities' | 'boundaries' | 'agentType'>;

export type Mismatch = 'capability' | 'boundary' | 'agent-type';

/** The agents and targets that one project sees. Found by boundary, which parts them best. */
export class ProjectOffers {
  /** The least busy first, of those the one that is free for longest. */
  readonly agents: readonly FreeAgent[];
  /** The emptiest first, as the snapshot found them. */
  readonly targets: readonly TargetCapacity[];
  readonly #agentsByBoundary: ReadonlyMap<string, readonly FreeAgent[]>;
  readonly #targetsByBoundary: ReadonlyMap<string, readonly TargetCapacity[]>;
  readonly #capabilities: ReadonlySet<string>;

  constructor(agents: readonly FreeAgent[], targets: readonly TargetCapacity[]) {
    this.agents = [...agents].sort((a, b) => agentLoad(a, 0) - agentLoad(b, 0) || a.freeSinceMs - b.freeSinceMs || byText(a.guid, b.guid));
    this.targets = [...targets].sort((a, b) => loadAtFirst(a) - loadAtFirst(b) || byText(a.id, b.id));
    this.#agentsByBoundary = byBoundary(this.agents);
    this.#targetsByBoundary = byBoundary(this.targets);
    this.#capabilities = new Set([...agents, ...targets].flatMap(({ capabilities }) => capabilities));
  }

  agentsFor(boundary: string): readonly FreeAgent[] {
    return this.#agentsByBoundary.get(boundary) ?? [];
  }

  targetsFor(boundary: string): readonly TargetCapacity[] {
    return this.#targetsByBoundary.get(boundary) ?? [];
  }

  get total(): number {
    return this.agents.length + this.targets.length;
  }

  /** For needs that nothing fits: the rule that dropped what came closest; null when there is nothing at all. */
  closestMismatch({ boundary, capability }: Needs): Mismatch | null {
    const allowed: readonly Offer[] = [...this.agentsFor(boundary), ...this.targetsFor(boundary)];
    if (allowed.some(({ capabilities }) => capabilities.includes(capability))) return 'agent-type';
    if (this.#capabilities.has(capability)) return 'boundary';
    return this.total > 0 ? 'capability' : null;
  }
}

/** How full a target is when the decision begins; 1 = at its limit. */
export function loadAtFirst({ held, agentsMax }: TargetCapacity): number {
  return held / agentsMax;
}

/** How busy an agent is once it was given `more`; 1 = it can take no more. */
export function agentLoad({ tasks = { free: 1, max: 1 } }: FreeAgent, more: number): number {
  return (tasks.max - tasks.free + more) / Math.max(1, tasks.max);
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function byBoundary<T extends Offer>(offers: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const offer of offers) {
    for (const boundary of offer.boundaries) {
      const group = groups.get(boundary);
      if (group === undefined) groups.set(boundary, [offer]);
      // Once, also when it names the boundary twice.
      else if (group.at(-1) !== offer) group.push(offer);
    }
  }
  return groups;
}
