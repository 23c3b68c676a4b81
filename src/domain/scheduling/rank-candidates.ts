import type { AgentGuid, ProjectId } from '../ids.ts';
import { isClosedAt } from '../policy/approval-policy.ts';
import { canStart } from '../targets/can-start.ts';
import type { MechanismName } from '../targets/target.ts';
import type { Needs } from '../work/classify.ts';
import type { GrantChoice } from './grant.ts';
import { agentLoad, byText, loadAtFirst } from './project-offers.ts';
import type { Mismatch, Offer, ProjectOffers } from './project-offers.ts';
import type { FreeAgent, QueueEntry, TargetCapacity } from './snapshot.ts';
import { SortedList } from './sorted-list.ts';

/** The rule that dropped a candidate, or `kept`. */
export type CandidateRule =
  | 'kept'
  | 'capability'
  | 'boundary'
  | 'agent-type'
  | 'no-start'
  | 'taken'
  | 'disabled'
  | 'mechanism-unavailable'
  | 'host-closed'
  | 'unhealthy'
  | 'breaker-open'
  | 'cooling-down'
  | 'start-rate'
  | 'mechanism-limit'
  | 'needs-approval'
  | 'at-limit';

/** One agent or target that was looked at for one item; stored with the decision. */
export interface Candidate {
  readonly choice: GrantChoice;
  readonly rule: CandidateRule;
  readonly kept: boolean;
}

/** What is left to give away while one decision is made. */
interface RoomLeft {
  readonly agentIsFree: (guid: AgentGuid) => boolean;
  readonly loadOfAgent: (agent: FreeAgent) => number;
  readonly breakerRefusal: (target: TargetCapacity) => 'unhealthy' | 'breaker-open' | null;
  readonly restRefusal: (target: TargetCapacity) => 'cooling-down' | 'start-rate' | null;
  readonly mechanismHasSlot: (projectId: ProjectId, mechanism: MechanismName | undefined) => boolean;
  readonly targetHasRoom: (target: TargetCapacity) => boolean;
  readonly loadOf: (target: TargetCapacity) => number;
}

type Preferences = Pick<QueueEntry, 'failedTargetIds'>;

/** An agent or target with how full it was when it was put in its place. */
interface Shelved<T> {
  readonly one: T;
  readonly load: number;
}

interface Judge<T> {
  readonly loadOf: (one: T) => number;
  readonly ruleFor: (needs: Needs, one: T, room: RoomLeft) => CandidateRule;
  readonly toChoice: (one: T) => GrantChoice;
}

/**
 * What there is for one kind of needs in one project, the best first: a free agent before a start, the boundary's preferred
 * agent type before another, the less busy agent, of those the one that is free for longest, the emptier target before the fuller one. Ties end by id.
 * Made once for all items of the kind; as room only shrinks while one decision is made, what was dropped stays dropped.
 */
export class Offers {
  readonly #needs: Needs;
  readonly #room: RoomLeft;
  readonly #all: ProjectOffers;
  readonly #agents: SortedList<Shelved<FreeAgent>>;
  readonly #targets: SortedList<Shelved<TargetCapacity>>;
  /** What would fit, but for the rule. */
  readonly #dropped: Candidate[] = [];
  /** What does not fit, as far as somebody asked. */
  readonly #mismatched: Candidate[] = [];
  readonly #mismatches: Iterator<Candidate>;

  constructor(needs: Needs, all: ProjectOffers, room: RoomLeft) {
    this.#needs = needs;
    this.#room = room;
    this.#all = all;
    this.#mismatches = mismatchesOf(needs, all);
    this.#agents = new SortedList(
      ofTypes(needs, all.agentsFor(needs.boundary)).map((agent) => ({ one: agent, load: agentLoad(agent, 0) })),
      (a, b) => typeRank(needs, a.one) - typeRank(needs, b.one) || a.load - b.load || a.one.freeSinceMs - b.one.freeSinceMs || byText(a.one.guid, b.one.guid),
    );
    this.#targets = new SortedList(
      ofTypes(needs, all.targetsFor(needs.boundary)).map((target) => ({ one: target, load: loadAtFirst(target) })),
      (a, b) => typeRank(needs, a.one) - typeRank(needs, b.one) || a.load - b.load || byText(a.one.id, b.one.id),
    );
  }

  /** All agents and targets of the project. */
  get total(): number {
    return this.#all.total;
  }

  /** The first choice for this item; null when nothing is left. */
  best(preferences: Preferences): GrantChoice | null {
    const agent = this.#agentAt(0);
    if (agent !== undefined) return toUse(agent);
    const [target] = this.#firstTargets(1, preferences);
    return target === undefined ? null : toStart(target);
  }

  /** Why there is nothing: the rules that have dropped what would fit, or the one that came closest to letting something fit. */
  dropped(): ReadonlySet<CandidateRule> {
    if (this.#dropped.length > 0) return new Set(this.#dropped.map(({ rule }) => rule));
    const closest = this.#all.closestMismatch(this.#needs);
    return new Set(closest === null ? [] : [closest]);
  }

  /** The first `max` candidates as they are now: those that are kept, those that would fit, and then the others. */
  list(preferences: Preferences, max: number): readonly Candidate[] {
    const kept = [...firstOf(max, (index) => this.#agentAt(index)).map(toUse), ...this.#firstTargets(max, preferences).map(toStart)];
    const fitting = [...kept.map((choice): Candidate => ({ choice, rule: 'kept', kept: true })), ...this.#dropped].slice(0, max);
    return [...fitting, ...this.#firstMismatched(max - fitting.length)];
  }

  #firstMismatched(max: number): readonly Candidate[] {
    while (this.#mismatched.length < max) {
      const next = this.#mismatches.next();
      if (next.done === true) break;
      this.#mismatched.push(next.value);
    }
    return this.#mismatched.slice(0, max);
  }

  /** Where the item could not start comes last, and of those the latest. */
  #firstTargets(max: number, { failedTargetIds }: Preferences): readonly TargetCapacity[] {
    const targets = firstOf(max + failedTargetIds.length, (index) => this.#targetAt(index));
    if (failedTargetIds.length === 0) return targets;
    const howLately = ({ id }: TargetCapacity): number => (failedTargetIds.includes(id) ? failedTargetIds.length - failedTargetIds.indexOf(id) : 0);
    return targets.toSorted((a, b) => howLately(a) - howLately(b)).slice(0, max);
  }

  #agentAt(index: number): FreeAgent | undefined {
    return this.#keptAt(this.#agents, index, { loadOf: (agent) => this.#room.loadOfAgent(agent), ruleFor: ruleForAgent, toChoice: toUse });
  }

  #targetAt(index: number): TargetCapacity | undefined {
    return this.#keptAt(this.#targets, index, { loadOf: (target) => this.#room.loadOf(target), ruleFor: ruleForTarget, toChoice: toStart });
  }

  /** What is kept at this place of the order as it is now; what is not is dropped for good. */
  #keptAt<T>(shelf: SortedList<Shelved<T>>, index: number, judge: Judge<T>): T | undefined {
    const refresh = (shelved: Shelved<T>): Shelved<T> => {
      const load = judge.loadOf(shelved.one);
      return load === shelved.load ? shelved : { one: shelved.one, load };
    };
    for (;;) {
      const shelved = shelf.settle(index, refresh);
      if (shelved === undefined) return undefined;
      const rule = judge.ruleFor(this.#needs, shelved.one, this.#room);
      if (rule === 'kept') return shelved.one;
      this.#dropped.push({ choice: judge.toChoice(shelved.one), rule, kept: false });
      shelf.remove(index);
    }
  }
}

function ruleForAgent({ gate }: Needs, agent: FreeAgent, room: RoomLeft): CandidateRule {
  if (!room.agentIsFree(agent.guid)) return 'taken';
  if (!room.mechanismHasSlot(agent.projectId, agent.mechanism)) return 'mechanism-limit';
  return isClosedAt(gate, agent.targetName) ? 'needs-approval' : 'kept';
}

function ruleForTarget(needs: Needs, target: TargetCapacity, room: RoomLeft): CandidateRule {
  if (needs.freeAgentsOnly === true) return 'no-start';
  if (target.disabled) return 'disabled';
  if (!canStart(target.mechanism)) return 'mechanism-unavailable';
  if (!target.hostOpen) return 'host-closed';
  return whyNotNow(target, room) ?? (isClosedAt(needs.gate, target.name) ? 'needs-approval' : 'kept');
}

function whyNotNow(target: TargetCapacity, room: RoomLeft): CandidateRule | null {
  const refusal = room.breakerRefusal(target) ?? room.restRefusal(target);
  if (refusal !== null) return refusal;
  if (!room.targetHasRoom(target)) return 'at-limit';
  return room.mechanismHasSlot(target.projectId, target.mechanism) ? null : 'mechanism-limit';
}

/** The rule under which an agent or target is never for these needs, whatever room there is; null when it can be. */
export function mismatchOf(needs: Needs, offer: Offer): Mismatch | null {
  if (!offer.capabilities.includes(needs.capability)) return 'capability';
  if (!offer.boundaries.includes(needs.boundary)) return 'boundary';
  return needs.agentTypes.includes(offer.agentType) ? null : 'agent-type';
}

function* mismatchesOf(needs: Needs, { agents, targets }: ProjectOffers): Generator<Candidate, undefined> {
  for (const agent of agents) {
    const rule = mismatchOf(needs, agent);
    if (rule !== null) yield { choice: toUse(agent), rule, kept: false };
  }
  for (const target of targets) {
    const rule = mismatchOf(needs, target);
    if (rule !== null) yield { choice: toStart(target), rule, kept: false };
  }
}

/** Of those for the boundary the ones that fit, the better agent type first, else in the order in which they come. */
function ofTypes<T extends Offer>(needs: Needs, offers: readonly T[]): readonly T[] {
  const fitting = offers.filter(({ capabilities }) => capabilities.includes(needs.capability));
  return needs.agentTypes.flatMap((type) => fitting.filter(({ agentType }) => agentType === type));
}

function typeRank(needs: Needs, { agentType }: Offer): number {
  return needs.agentTypes.indexOf(agentType);
}

function firstOf<T>(max: number, at: (index: number) => T | undefined): readonly T[] {
  const found: T[] = [];
  for (let one = at(0); one !== undefined && found.length < max; one = at(found.length)) found.push(one);
  return found;
}

function toUse({ guid, targetId }: FreeAgent): GrantChoice {
  return { kind: 'agent', agentGuid: guid, targetId };
}

function toStart({ id }: TargetCapacity): GrantChoice {
  return { kind: 'start', targetId: id };
}
