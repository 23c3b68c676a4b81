import type { AgentGuid, ProjectId, TargetId } from '../ids.ts';
import type { GrantChoice } from './grant.ts';
import type { FreeAgent, Snapshot, TargetCapacity } from './snapshot.ts';

/** What is left to give away while one decision is made; counts start from the snapshot's rows. */
export class Room {
  readonly agents: Snapshot['agents'];
  readonly #agentsByProject: ReadonlyMap<ProjectId, readonly FreeAgent[]>;
  readonly #targetsByProject: ReadonlyMap<ProjectId, readonly TargetCapacity[]>;
  readonly #targets: ReadonlyMap<TargetId, TargetCapacity>;
  readonly #takenAgents = new Set<AgentGuid>();
  readonly #heldByTarget = new Map<TargetId, number>();
  readonly #slotsLeft = new Map<ProjectId, number>();

  constructor(snapshot: Snapshot) {
    this.agents = snapshot.agents;
    this.#agentsByProject = byProject(snapshot.agents);
    this.#targetsByProject = byProject(snapshot.targets);
    this.#targets = new Map(snapshot.targets.map((target) => [target.id, target]));
    for (const target of snapshot.targets) this.#heldByTarget.set(target.id, target.held);
    for (const project of snapshot.projects) this.#slotsLeft.set(project.projectId, project.slotsMax - project.slotsHeld);
  }

  /** A project sees its own agents and targets only. */
  agentsOf(projectId: ProjectId): readonly FreeAgent[] {
    return this.#agentsByProject.get(projectId) ?? [];
  }

  targetsOf(projectId: ProjectId): readonly TargetCapacity[] {
    return this.#targetsByProject.get(projectId) ?? [];
  }

  projectHasSlot(projectId: ProjectId): boolean {
    return (this.#slotsLeft.get(projectId) ?? 0) > 0;
  }

  agentIsFree(guid: AgentGuid): boolean {
    return !this.#takenAgents.has(guid);
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

  take(projectId: ProjectId, choice: GrantChoice): void {
    this.#slotsLeft.set(projectId, (this.#slotsLeft.get(projectId) ?? 0) - 1);
    if (choice.kind === 'agent') this.#takenAgents.add(choice.agentGuid);
    else this.takeStart(choice.targetId);
  }

  /** A start without a work item holds no slot of the project. */
  takeStart(targetId: TargetId): void {
    this.#heldByTarget.set(targetId, this.#held(targetId) + 1);
  }

  #held(targetId: TargetId): number {
    return this.#heldByTarget.get(targetId) ?? 0;
  }
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
