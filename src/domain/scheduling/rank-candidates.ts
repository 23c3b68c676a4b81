import type { AgentGuid } from '../ids.ts';
import { canStart } from '../targets/can-start.ts';
import type { Needs } from '../work/classify.ts';
import type { GrantChoice } from './grant.ts';
import { byText, loadAtFirst } from './project-offers.ts';
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
  readonly breakerRefusal: (target: TargetCapacity) => 'unhealthy' | 'breaker-open' | null;
  readonly targetHasRoom: (target: TargetCapacity) => boolean;
  readonly loadOf: (target: TargetCapacity) => number;
}

type Preferences = Pick<QueueEntry, 'lastFailedTargetId'>;

/** A target with how full it was when it was put in its place. */
interface Shelved {
  readonly target: TargetCapacity;
  readonly load: number;
}

/**
 * What there is for one kind of needs in one project, the best first: a free agent before a start, the boundary's preferred
 * agent type before another, the agent that is free for longest, the emptier target before the fuller one. Ties end by id.
 * Made once for all items of the kind; as room only shrinks while one decision is made, what was dropped stays dropped.
 */
export class Offers {
  readonly #needs: Needs;
  readonly #room: RoomLeft;
  readonly #all: ProjectOffers;
  readonly #agents: readonly FreeAgent[];
  readonly #targets: SortedList<Shelved>;
  readonly #dropped = new Set<CandidateRule>();
  #agentsGone = 0;

  constructor(needs: Needs, all: ProjectOffers, room: RoomLeft) {
    this.#needs = needs;
    this.#room = room;
    this.#all = all;
    this.#agents = ofTypes(needs, all.agentsFor(needs.boundary));
    this.#targets = new SortedList(
      ofTypes(needs, all.targetsFor(needs.boundary)).map((target) => ({ target, load: loadAtFirst(target) })),
      (a, b) => typeRank(needs, a.target) - typeRank(needs, b.target) || byLoad(a, b),
    );
  }

  /** All agents and targets of the project. */
  get total(): number {
    return this.#all.total;
  }

  /** The first choice for this item; null when nothing is left. */
  best({ lastFailedTargetId }: Preferences): GrantChoice | null {
    const agent = this.#nextAgent();
    if (agent !== undefined) return toUse(agent);
    const first = this.#targetAt(0);
    if (first === undefined) return null;
    const other = first.id === lastFailedTargetId ? this.#targetAt(1) : undefined;
    return toStart(other ?? first);
  }

  /** Why there is nothing: the rules that have dropped what would fit, or the one that came closest to letting something fit. */
  dropped(): ReadonlySet<CandidateRule> {
    if (this.#dropped.size > 0) return this.#dropped;
    const closest = this.#all.closestMismatch(this.#needs);
    return new Set(closest === null ? [] : [closest]);
  }

  /** The first `max` candidates as they are now, those that were kept first. */
  list({ lastFailedTargetId }: Preferences, max: number): readonly Candidate[] {
    const targets = this.#keptTargets(max);
    const others = targets.filter(({ id }) => id !== lastFailedTargetId);
    const failed = targets.filter(({ id }) => id === lastFailedTargetId);
    const kept = [...this.#keptAgents(max).map(toUse), ...[...others, ...failed].map(toStart)];
    const candidates = kept.slice(0, max).map((choice): Candidate => ({ choice, rule: 'kept', kept: true }));
    for (const candidate of this.#droppedOnes()) {
      if (candidates.length >= max) break;
      candidates.push(candidate);
    }
    return candidates;
  }

  #nextAgent(): FreeAgent | undefined {
    for (; this.#agentsGone < this.#agents.length; this.#agentsGone++) {
      const agent = this.#agents[this.#agentsGone];
      if (agent === undefined) break;
      const rule = ruleForAgent(this.#needs, agent, this.#room);
      if (rule === 'kept') return agent;
      this.#dropped.add(rule);
    }
    return undefined;
  }

  #targetAt(index: number): TargetCapacity | undefined {
    for (;;) {
      const shelved = this.#targets.settle(index, (one) => this.#refresh(one));
      if (shelved === undefined) return undefined;
      const rule = ruleForTarget(this.#needs, shelved.target, this.#room);
      if (rule === 'kept') return shelved.target;
      this.#dropped.add(rule);
      this.#targets.remove(index);
    }
  }

  #refresh(shelved: Shelved): Shelved {
    const load = this.#room.loadOf(shelved.target);
    return load === shelved.load ? shelved : { target: shelved.target, load };
  }

  #keptAgents(max: number): FreeAgent[] {
    const kept: FreeAgent[] = [];
    for (let index = this.#agentsGone; index < this.#agents.length && kept.length < max; index++) {
      const agent = this.#agents[index];
      if (agent !== undefined && ruleForAgent(this.#needs, agent, this.#room) === 'kept') kept.push(agent);
    }
    return kept;
  }

  #keptTargets(max: number): TargetCapacity[] {
    const kept: TargetCapacity[] = [];
    for (let target = this.#targetAt(0); target !== undefined && kept.length < max; target = this.#targetAt(kept.length)) kept.push(target);
    return kept;
  }

  *#droppedOnes(): Generator<Candidate> {
    for (const agent of this.#all.agents) {
      const rule = ruleForAgent(this.#needs, agent, this.#room);
      if (rule !== 'kept') yield { choice: toUse(agent), rule, kept: false };
    }
    for (const target of this.#all.targets) {
      const rule = ruleForTarget(this.#needs, target, this.#room);
      if (rule !== 'kept') yield { choice: toStart(target), rule, kept: false };
    }
  }
}

function ruleForAgent(needs: Needs, agent: FreeAgent, room: RoomLeft): CandidateRule {
  const mismatch = mismatchOf(needs, agent);
  if (mismatch !== null) return mismatch;
  return room.agentIsFree(agent.guid) ? 'kept' : 'taken';
}

function ruleForTarget(needs: Needs, target: TargetCapacity, room: RoomLeft): CandidateRule {
  const mismatch = mismatchOf(needs, target);
  if (mismatch !== null) return mismatch;
  if (needs.freeAgentsOnly === true) return 'no-start';
  if (target.disabled) return 'disabled';
  if (!canStart(target.mechanism)) return 'mechanism-unavailable';
  if (!target.hostOpen) return 'host-closed';
  return room.breakerRefusal(target) ?? (room.targetHasRoom(target) ? 'kept' : 'at-limit');
}

/** The rule under which an agent or target is never for these needs, whatever room there is; null when it can be. */
export function mismatchOf(needs: Needs, offer: Offer): Mismatch | null {
  if (!offer.capabilities.includes(needs.capability)) return 'capability';
  if (!offer.boundaries.includes(needs.boundary)) return 'boundary';
  return needs.agentTypes.includes(offer.agentType) ? null : 'agent-type';
}

/** Those that fit, the better agent type first, else in the order in which they come. */
function ofTypes<T extends Offer>(needs: Needs, offers: readonly T[]): readonly T[] {
  const fitting = offers.filter((offer) => mismatchOf(needs, offer) === null);
  return needs.agentTypes.flatMap((type) => fitting.filter(({ agentType }) => agentType === type));
}

function typeRank(needs: Needs, { agentType }: Offer): number {
  return needs.agentTypes.indexOf(agentType);
}

function byLoad(a: Shelved, b: Shelved): number {
  return a.load - b.load || byText(a.target.id, b.target.id);
}

function toUse({ guid, targetId }: FreeAgent): GrantChoice {
  return { kind: 'agent', agentGuid: guid, targetId };
}

function toStart({ id }: TargetCapacity): GrantChoice {
  return { kind: 'start', targetId: id };
}
