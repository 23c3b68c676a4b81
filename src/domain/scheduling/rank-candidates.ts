import { canStart } from '../targets/can-start.ts';
import type { Needs } from '../work/classify.ts';
import type { GrantChoice } from './grant.ts';
import type { Room } from './room.ts';
import type { FreeAgent, QueueEntry, TargetCapacity } from './snapshot.ts';

/** The rule that dropped a candidate, or `kept`. */
type CandidateRule =
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

/**
 * Every agent and target of the item's project, the best first: a free agent before a start, the boundary's preferred agent
 * type before another, a target that did not just fail before one that did, the emptier target before the fuller one.
 * Ties end by id, so that the same room always gives the same order.
 */
export function rankCandidates(entry: QueueEntry, room: Room): readonly Candidate[] {
  const agents = [...room.agentsOf(entry.projectId)]
    .sort((a, b) => typeRank(entry, a) - typeRank(entry, b) || a.freeSinceMs - b.freeSinceMs || byText(a.guid, b.guid))
    .map((agent) => toCandidate({ kind: 'agent', agentGuid: agent.guid, targetId: agent.targetId }, ruleForAgent(entry, agent, room)));
  const targets = [...room.targetsOf(entry.projectId)]
    .sort(
      (a, b) => failedRank(entry, a) - failedRank(entry, b) || typeRank(entry, a) - typeRank(entry, b) || room.loadOf(a) - room.loadOf(b) || byText(a.id, b.id),
    )
    .map((target) => toCandidate({ kind: 'start', targetId: target.id }, ruleForTarget(entry, target, room)));
  return [...agents, ...targets];
}

function ruleForAgent(entry: QueueEntry, agent: FreeAgent, room: Room): CandidateRule {
  const mismatch = mismatchOf(entry.needs, agent);
  if (mismatch !== null) return mismatch;
  return room.agentIsFree(agent.guid) ? 'kept' : 'taken';
}

function ruleForTarget(entry: QueueEntry, target: TargetCapacity, room: Room): CandidateRule {
  const mismatch = mismatchOf(entry.needs, target);
  if (mismatch !== null) return mismatch;
  if (entry.needs.freeAgentsOnly === true) return 'no-start';
  if (target.disabled) return 'disabled';
  if (!canStart(target.mechanism)) return 'mechanism-unavailable';
  if (!target.hostOpen) return 'host-closed';
  return room.breakerRefusal(target) ?? (room.targetHasRoom(target) ? 'kept' : 'at-limit');
}

type Offer = Pick<FreeAgent, 'capabilities' | 'boundaries' | 'agentType'>;

/** The rule under which an agent or target is never for these needs, whatever room there is; null when it can be. */
export function mismatchOf(needs: Needs, offer: Offer): Extract<CandidateRule, 'capability' | 'boundary' | 'agent-type'> | null {
  if (!offer.capabilities.includes(needs.capability)) return 'capability';
  if (!offer.boundaries.includes(needs.boundary)) return 'boundary';
  return needs.agentTypes.includes(offer.agentType) ? null : 'agent-type';
}

function typeRank(entry: QueueEntry, offer: Pick<Offer, 'agentType'>): number {
  const rank = entry.needs.agentTypes.indexOf(offer.agentType);
  return rank === -1 ? entry.needs.agentTypes.length : rank;
}

function failedRank(entry: QueueEntry, target: TargetCapacity): number {
  return target.id === entry.lastFailedTargetId ? 1 : 0;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function toCandidate(choice: GrantChoice, rule: CandidateRule): Candidate {
  return { choice, rule, kept: rule === 'kept' };
}
