import type { GrantChoice, Room } from './decide.ts';
import type { FreeAgent, QueueEntry, TargetCapacity } from './snapshot.ts';

/** The rule that dropped a candidate, or `kept`. */
export type CandidateRule = 'kept' | 'other-project' | 'capability' | 'boundary' | 'agent-type' | 'taken' | 'host-closed' | 'at-limit';

/** One agent or target that was looked at for one item; stored with the decision. */
export interface Candidate {
  readonly choice: GrantChoice;
  readonly rule: CandidateRule;
  readonly kept: boolean;
}

/**
 * Every agent and target for an item, the best first: a free agent before a start, the boundary's preferred agent type
 * before another, a target that did not just fail before one that did, the emptier target before the fuller one.
 */
export function rankCandidates(entry: QueueEntry, room: Room): readonly Candidate[] {
  const agents = [...room.agents]
    .sort((a, b) => typeRank(entry, a) - typeRank(entry, b) || a.freeSinceMs - b.freeSinceMs)
    .map((agent) => toCandidate({ kind: 'agent', agentGuid: agent.guid, targetId: agent.targetId }, ruleForAgent(entry, agent, room)));
  const targets = [...room.targets]
    .sort((a, b) => failedRank(entry, a) - failedRank(entry, b) || typeRank(entry, a) - typeRank(entry, b) || a.held / a.agentsMax - b.held / b.agentsMax)
    .map((target) => toCandidate({ kind: 'start', targetId: target.id }, ruleForTarget(entry, target, room)));
  return [...agents, ...targets];
}

function ruleForAgent(entry: QueueEntry, agent: FreeAgent, room: Room): CandidateRule {
  const mismatch = mismatchOf(entry, agent);
  if (mismatch !== null) return mismatch;
  return room.agentIsFree(agent.guid) ? 'kept' : 'taken';
}

function ruleForTarget(entry: QueueEntry, target: TargetCapacity, room: Room): CandidateRule {
  const mismatch = mismatchOf(entry, target);
  if (mismatch !== null) return mismatch;
  if (!target.hostOpen) return 'host-closed';
  return room.targetHasRoom(target) ? 'kept' : 'at-limit';
}

type Offer = Pick<FreeAgent, 'projectId' | 'capabilities' | 'boundaries' | 'agentType'>;

function mismatchOf(entry: QueueEntry, offer: Offer): CandidateRule | null {
  if (offer.projectId !== entry.projectId) return 'other-project';
  if (!offer.capabilities.includes(entry.needs.capability)) return 'capability';
  if (!offer.boundaries.includes(entry.needs.boundary)) return 'boundary';
  return entry.needs.agentTypes.includes(offer.agentType) ? null : 'agent-type';
}

function typeRank(entry: QueueEntry, offer: Pick<Offer, 'agentType'>): number {
  const rank = entry.needs.agentTypes.indexOf(offer.agentType);
  return rank === -1 ? entry.needs.agentTypes.length : rank;
}

function failedRank(entry: QueueEntry, target: TargetCapacity): number {
  return target.id === entry.lastFailedTargetId ? 1 : 0;
}

function toCandidate(choice: GrantChoice, rule: CandidateRule): Candidate {
  return { choice, rule, kept: rule === 'kept' };
}
