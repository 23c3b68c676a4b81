import type { AgentGuid, ProjectId, TargetId, WorkId } from '../ids.ts';
import { rankCandidates } from './rank-candidates.ts';
import type { Candidate } from './rank-candidates.ts';
import type { FreeAgent, QueueEntry, Snapshot, TargetCapacity } from './snapshot.ts';

export type GrantChoice =
  | { readonly kind: 'agent'; readonly agentGuid: AgentGuid; readonly targetId: TargetId }
  | { readonly kind: 'start'; readonly targetId: TargetId };

export interface GrantDecision {
  readonly workId: WorkId;
  readonly choice: GrantChoice;
  readonly candidates: readonly Candidate[];
}

export interface WaitDecision {
  readonly workId: WorkId;
  readonly reason: string;
}

export interface Decisions {
  readonly grants: readonly GrantDecision[];
  readonly waiting: readonly WaitDecision[];
  /** Free for longer than their idle limit and wanted by nobody: leave the free set now, then are stopped. */
  readonly retire: readonly AgentGuid[];
  /** When a backoff or an agent's idle limit runs out and it is worth looking again; null when nothing waits for time. */
  readonly lookAgainAtMs: number | null;
}

/**
 * Hands out slots: who gets which free agent or which start, and why everybody else waits. Pure; grants never exceed a
 * project's slots or a target's agents, never cross a boundary, and use each free agent once.
 * Order: priority (10 first), then how long an item has been waiting.
 */
export function decide(snapshot: Snapshot, nowMs: number): Decisions {
  const room = new Room(snapshot);
  const grants: GrantDecision[] = [];
  const waiting: WaitDecision[] = [];
  let lookAgainAtMs: number | null = null;
  for (const entry of [...snapshot.queue].sort(byPriorityThenAge)) {
    if (entry.notBeforeMs > nowMs) {
      lookAgainAtMs = Math.min(lookAgainAtMs ?? entry.notBeforeMs, entry.notBeforeMs);
      waiting.push({ workId: entry.workId, reason: 'waits before the next attempt' });
      continue;
    }
    const verdict = place(entry, room);
    if (verdict.kind === 'wait') waiting.push({ workId: entry.workId, reason: verdict.reason });
    else grants.push(verdict.grant);
  }
  const idle = room.agents.filter((agent) => room.agentIsFree(agent.guid) && agent.idleTimeoutMs > 0);
  const retire = idle.filter((agent) => idleEndMs(agent) <= nowMs).map((agent) => agent.guid);
  const moments = idle.map(idleEndMs).filter((moment) => moment > nowMs);
  if (lookAgainAtMs !== null) moments.push(lookAgainAtMs);
  return { grants, waiting, retire, lookAgainAtMs: moments.length === 0 ? null : Math.min(...moments) };
}

function idleEndMs(agent: FreeAgent): number {
  return agent.freeSinceMs + agent.idleTimeoutMs;
}

type Verdict = { readonly kind: 'wait'; readonly reason: string } | { readonly kind: 'grant'; readonly grant: GrantDecision };

function place(entry: QueueEntry, room: Room): Verdict {
  if (entry.waitsForOldAgent) return wait('waits until the agent of the last attempt is verified gone');
  if (!room.projectHasSlot(entry.projectId)) return wait('the project is at its limit of slots');
  const candidates = rankCandidates(entry, room);
  const chosen = candidates.find((candidate) => candidate.kept);
  if (chosen === undefined) return wait(whyNone(entry, candidates));
  room.take(entry.projectId, chosen.choice);
  return { kind: 'grant', grant: { workId: entry.workId, choice: chosen.choice, candidates } };
}

function wait(reason: string): Verdict {
  return { kind: 'wait', reason };
}

function whyNone(entry: QueueEntry, candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return 'no target is registered';
  const full = candidates.filter((candidate) => candidate.rule === 'at-limit');
  if (full.length > 0) return `every target for "${entry.needs.capability}" is at its limit of agents`;
  if (candidates.some((candidate) => candidate.rule === 'host-closed')) return `the host of every target for "${entry.needs.capability}" is stopped`;
  if (candidates.some((candidate) => candidate.rule === 'boundary')) return `no target for "${entry.needs.capability}" allows the boundary "${entry.needs.boundary}"`;
  if (candidates.some((candidate) => candidate.rule === 'agent-type')) return `no target for "${entry.needs.capability}" has an agent type that the boundary allows`;
  return `no target has the capability "${entry.needs.capability}"`;
}

function byPriorityThenAge(a: QueueEntry, b: QueueEntry): number {
  return b.priority - a.priority || a.enqueuedAtMs - b.enqueuedAtMs || (a.workId < b.workId ? -1 : 1);
}

/** What is left to give away while one decision is made; counts start from the snapshot's rows. */
export class Room {
  readonly agents: Snapshot['agents'];
  readonly targets: readonly TargetCapacity[];
  readonly #takenAgents = new Set<AgentGuid>();
  readonly #heldByTarget = new Map<TargetId, number>();
  readonly #slotsLeft = new Map<ProjectId, number>();

  constructor(snapshot: Snapshot) {
    this.agents = snapshot.agents;
    this.targets = snapshot.targets;
    for (const target of snapshot.targets) this.#heldByTarget.set(target.id, target.held);
    for (const project of snapshot.projects) this.#slotsLeft.set(project.projectId, project.slotsMax - project.slotsHeld);
  }

  projectHasSlot(projectId: ProjectId): boolean {
    return (this.#slotsLeft.get(projectId) ?? 0) > 0;
  }

  agentIsFree(guid: AgentGuid): boolean {
    return !this.#takenAgents.has(guid);
  }

  targetHasRoom(target: TargetCapacity): boolean {
    return (this.#heldByTarget.get(target.id) ?? 0) < target.agentsMax;
  }

  take(projectId: ProjectId, choice: GrantChoice): void {
    this.#slotsLeft.set(projectId, (this.#slotsLeft.get(projectId) ?? 0) - 1);
    if (choice.kind === 'agent') this.#takenAgents.add(choice.agentGuid);
    else this.#heldByTarget.set(choice.targetId, (this.#heldByTarget.get(choice.targetId) ?? 0) + 1);
  }
}
