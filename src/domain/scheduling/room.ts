import type { AgentGuid, ProjectId, TargetId } from '../ids.ts';
import type { AgentType, MechanismName } from '../targets/target.ts';
import type { Needs } from '../work/classify.ts';
import type { GrantChoice } from './grant.ts';
import { agentLoad, ProjectOffers } from './project-offers.ts';
import { Offers } from './rank-candidates.ts';
import { SlotLimits } from './slot-limits.ts';
import type { FreeAgent, QueueEntry, Snapshot, TargetCapacity } from './snapshot.ts';

const MINUTE_MS = 60_000;

type Asking = Pick<QueueEntry, 'projectId' | 'submitter' | 'needs'>;

/** What is left to give away while one decision is made; counts start from the snapshot's rows. It only shrinks. */
export class Room {
  readonly agents: Snapshot['agents'];
  readonly #projects: ReadonlyMap<ProjectId, ProjectOffers>;
  readonly #agents: ReadonlyMap<AgentGuid, FreeAgent>;
  readonly #targets: ReadonlyMap<TargetId, TargetCapacity>;
  readonly #offers = new Map<string, Offers>();
  readonly #tasksFree: ReadonlyMap<AgentGuid, number>;
  readonly #givenToAgent = new Map<AgentGuid, number>();
  /** What every project sees of others. */
  readonly #public: readonly FreeAgent[];
  readonly #heldByTarget = new Map<TargetId, number>();
  readonly #slots: SlotLimits;

  constructor(snapshot: Pick<Snapshot, 'agents' | 'targets' | 'projects' | 'held'>) {
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
    this.#agents = new Map(snapshot.agents.map((agent) => [agent.guid, agent]));
    this.#targets = new Map(snapshot.targets.map((target) => [target.id, target]));
    for (const target of snapshot.targets) this.#heldByTarget.set(target.id, target.held);
    this.#slots = new SlotLimits(snapshot);
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

  /** Which of its project's limits keeps the item from any slot; null when none does. */
  whyNoSlot(entry: Asking): string | null {
    return this.#slots.whyNone(entry);
  }

  mechanismHasSlot(projectId: ProjectId, mechanism: MechanismName | undefined): boolean {
    return mechanism === undefined || this.#slots.mechanismHasSlot(projectId, mechanism);
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

  /** Why the target starts none for a while; null when it does. */
  restRefusal({ id, held, startRate, restsUntilMs }: TargetCapacity): 'cooling-down' | 'start-rate' | null {
    if (restsUntilMs !== undefined) return 'cooling-down';
    if (startRate === undefined) return null;
    return startRate.withinMinute + this.#held(id) - held >= startRate.perMinuteMax ? 'start-rate' : null;
  }

  /** When targets that start none for a while start again. */
  restEnds(nowMs: number): readonly number[] {
    return [...this.#targets.values()].flatMap((target) => {
      const refusal = this.restRefusal(target);
      if (refusal === null) return [];
      return [refusal === 'cooling-down' ? (target.restsUntilMs ?? nowMs) : (target.startRate?.oldestMs ?? nowMs) + MINUTE_MS];
    });
  }

  /** How full the target is, what was given away in this decision included; 1 = at its limit. */
  loadOf(target: TargetCapacity): number {
    return this.#held(target.id) / target.agentsMax;
  }

  /** Of the agent that is chosen, or that is to be started. */
  agentTypeOf(choice: GrantChoice): AgentType | null {
    return this.#chosen(choice)?.agentType ?? null;
  }

  take(entry: Asking, choice: GrantChoice): void {
    this.#slots.take(entry, this.#chosen(choice)?.mechanism ?? null);
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

  #chosen(choice: GrantChoice): FreeAgent | TargetCapacity | undefined {
    return choice.kind === 'agent' ? this.#agents.get(choice.agentGuid) : this.#targets.get(choice.targetId);
  }

  #held(targetId: TargetId): number {
    return this.#heldByTarget.get(targetId) ?? 0;
  }
}

/** The same for all items that can use the same agents and targets. */
export function kindOf({ projectId, needs }: { projectId: ProjectId; needs: Needs }): string {
  // Neither ids nor capabilities nor boundaries have control characters.
  return `${projectId}\n${needs.capability}\n${needs.boundary}\n${needs.agentTypes.join()}\n${String(needs.freeAgentsOnly)}${needs.gate === undefined ? '' : `\n${JSON.stringify(needs.gate)}`}`;
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
