import type { AgentGuid, ProjectId, TargetId } from '../ids.ts';
import type { Needs } from '../work/classify.ts';
import type { GrantChoice } from './grant.ts';
import { agentLoad, ProjectOffers } from './project-offers.ts';
import { Offers } from './rank-candidates.ts';
import type { FreeAgent, QueueEntry, Snapshot, TargetCapacity } from './snapshot.ts';

/** What is left to give away while one decision is made; counts start from the snapshot's rows. It only shrinks. */
export class Room {
  readonly agents: Snapshot['agents'];
  readonly #projects: ReadonlyMap<ProjectId, ProjectOffers>;
  readonly #targets: ReadonlyMap<TargetId, TargetCapacity>;
  readonly #offers = new Map<string, Offers>();
  readonly #tasksFree: ReadonlyMap<AgentGuid, number>;
  readonly #givenToAgent = new Map<AgentGuid, number>();
  /** What every project sees of others. */
  readonly #public: readonly FreeAgent[];
  readonly #heldByTarget = new Map<TargetId, number>();
  readonly #slotsLeft = new Map<ProjectId, number>();

  constructor(snapshot: Pick<Snapshot, 'agents' | 'targets' | 'projects'>) {
    this.agents = snapshot.agents;
    const [agents, targets] = [byProject(snapshot.agents), byProject(snapshot.targets)];
    const projectIds = new Set([...agents.keys(), ...targets.keys()]);
    this.#public = snapshot.agents.filter(({ isPublic }) => isPublic === true);
    const seenBy = (projectId: ProjectId): readonly FreeAgent[] => [
      ...(agents.get(projectId) ?? []),
      ...this.#public.filter((agent) => agent.projectId !== projectId),
    ];
    this.#projects = new Map([...projectIds].map((projectId) => [projectId, new ProjectOffers(seenBy(projectId), targets.get(projectId) ?? [])]));
    this.#tasksFree = new Map(snapshot.agents.map(({ guid, tasks }) => [guid, tasks?.free ?? 1]));
    this.#targets = new Map(snapshot.targets.map((target) => [target.id, target]));
    for (const target of snapshot.targets) this.#heldByTarget.set(target.id, target.held);
    for (const project of snapshot.projects) this.#slotsLeft.set(project.projectId, project.slotsMax - project.slotsHeld);
  }

  /** What there is for the item: of its own project and public agents of others, and what others of its kind have left over. */
  offersFor(entry: Pick<QueueEntry, 'projectId' | 'needs'>): Offers {
    const kind = kindOf(entry);
    const known = this.#offers.get(kind);
    if (known !== undefined) return known;
    const offers = new Offers(entry.needs, this.#projects.get(entry.projectId) ?? new ProjectOffers(this.#public, []), this);
    this.#offers.set(kind, offers);
    return offers;
  }

  projectHasSlot(projectId: ProjectId): boolean {
    return (this.#slotsLeft.get(projectId) ?? 0) > 0;
  }

  agentIsFree(guid: AgentGuid): boolean {
    return this.#given(guid) < (this.#tasksFree.get(guid) ?? 0);
  }

  /** How busy the agent is, what was given to it in this decision included; 1 = it can take no more. */
  loadOfAgent(agent: FreeAgent): number {
    return agentLoad(agent, this.#given(agent.guid));
  }

  findTarget(targetId: TargetId): TargetCapacity | undefined {
    return this.#targets.get(targetId);
  }

  targetHasRoom(target: TargetCapacity): boolean {
    return this.#held(target.id) < target.agentsMax;
  }

  /** Why the target's breaker lets no start through now; null when it does. */
  breakerRefusal({ id, held, breaker }: TargetCapacity): 'unhealthy' | 'breaker-open' | null {
    if (breaker === undefined) return null;
    if (breaker.state === 'half-open' && breaker.startsUnderWay === 0 && this.#held(id) === held) return null;
    return breaker.cause === 'health' ? 'unhealthy' : 'breaker-open';
  }

  /** How full the target is, what was given away in this decision included; 1 = at its limit. */
  loadOf(target: TargetCapacity): number {
    return this.#held(target.id) / target.agentsMax;
  }

  take({ projectId }: Pick<QueueEntry, 'projectId'>, choice: GrantChoice): void {
    this.#slotsLeft.set(projectId, (this.#slotsLeft.get(projectId) ?? 0) - 1);
    if (choice.kind === 'agent') this.#givenToAgent.set(choice.agentGuid, this.#given(choice.agentGuid) + 1);
    else this.takeStart(choice.targetId);
  }

  /** A start without a work item holds no slot of the project. */
  takeStart(targetId: TargetId): void {
    this.#heldByTarget.set(targetId, this.#held(targetId) + 1);
  }

  #given(guid: AgentGuid): number {
    return this.#givenToAgent.get(guid) ?? 0;
  }

  #held(targetId: TargetId): number {
    return this.#heldByTarget.get(targetId) ?? 0;
  }
}

/** The same for all items that can use the same agents and targets. */
export function kindOf({ projectId, needs }: { projectId: ProjectId; needs: Needs }): string {
  return JSON.stringify([projectId, needs.capability, needs.boundary, needs.agentTypes, needs.freeAgentsOnly]);
}

function byProject<T extends { readonly projectId: ProjectId }>(offers: readonly T[]): ReadonlyMap<ProjectId, readonly T[]> {
  const groups = new Map<ProjectId, T[]>();
  for (const offer of offers) {
    const group = groups.get(offer.projectId);
    if (group === undefined) groups.set(offer.projectId, [offer]);
    else group.push(offer);
  }
  return groups;
}
