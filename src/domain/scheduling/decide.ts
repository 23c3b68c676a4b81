import type { AgentGuid, WorkId } from '../ids.ts';
import type { Needs } from '../work/classify.ts';
import type { GrantChoice } from './grant.ts';
import { rankCandidates } from './rank-candidates.ts';
import type { Candidate } from './rank-candidates.ts';
import { Room } from './room.ts';
import { placeSpinUps } from './place-spin-ups.ts';
import type { SpinUpDecision } from './place-spin-ups.ts';
import type { FreeAgent, QueueEntry, Snapshot } from './snapshot.ts';

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
  readonly spinUps: readonly SpinUpDecision[];
  readonly grants: readonly GrantDecision[];
  readonly waiting: readonly WaitDecision[];
  /** Free for longer than their idle limit and wanted by nobody: leave the free set now, then are stopped. */
  readonly retire: readonly AgentGuid[];
  /** When a backoff, an agent's idle limit or the wait of a spin-up runs out and it is worth looking again; null when nothing waits for time. */
  readonly lookAgainAtMs: number | null;
}

/**
 * Hands out slots: who gets which free agent or which start, and why everybody else waits. Pure; grants never exceed a
 * project's slots or a target's agents, never cross a boundary, and use each free agent once.
 * Order: starts that a person asked for (one per target at a time, so they keep nobody out), then items by priority (10 first),
 * then how long an item has been waiting.
 */
export function decide(snapshot: Snapshot, nowMs: number): Decisions {
  const room = new Room(snapshot);
  const spinUps = placeSpinUps(snapshot.spinUps, room, nowMs);
  // Room only shrinks: what was refused to one is refused to all who need the same.
  const refused = new Map<string, string>();
  const grants: GrantDecision[] = [];
  const waiting: WaitDecision[] = [];
  let lookAgainAtMs: number | null = null;
  for (const entry of [...snapshot.queue].sort(byPriorityThenAge)) {
    if (entry.notBeforeMs > nowMs) {
      lookAgainAtMs = Math.min(lookAgainAtMs ?? entry.notBeforeMs, entry.notBeforeMs);
      waiting.push({ workId: entry.workId, reason: 'waits before the next attempt' });
      continue;
    }
    const verdict = place(entry, room, refused);
    if (verdict.kind === 'wait') waiting.push({ workId: entry.workId, reason: verdict.reason });
    else grants.push(verdict.grant);
  }
  const idle = room.agents.filter((agent) => room.agentIsFree(agent.guid) && agent.idleTimeoutMs > 0);
  const retire = idle.filter((agent) => idleEndMs(agent) <= nowMs).map((agent) => agent.guid);
  const moments = idle.map(idleEndMs).filter((moment) => moment > nowMs);
  moments.push(...spinUps.flatMap((decision) => (decision.kind === 'wait' ? [decision.untilMs] : [])));
  if (lookAgainAtMs !== null) moments.push(lookAgainAtMs);
  return { spinUps, grants, waiting, retire, lookAgainAtMs: moments.length === 0 ? null : Math.min(...moments) };
}

function idleEndMs(agent: FreeAgent): number {
  return agent.freeSinceMs + agent.idleTimeoutMs;
}

type Verdict = { readonly kind: 'wait'; readonly reason: string } | { readonly kind: 'grant'; readonly grant: GrantDecision };

function place(entry: QueueEntry, room: Room, refused: Map<string, string>): Verdict {
  if (entry.needs.agentTypes.length === 0) return wait(`the project's policy allows the boundary "${entry.needs.boundary}" to no agent that this item may use`);
  if (entry.waitsForOldAgent) return wait('waits until the agent of the last attempt is verified gone');
  if (!room.projectHasSlot(entry.projectId)) return wait('the project is at its limit of slots');
  const kind = JSON.stringify([entry.projectId, entry.needs]);
  const refusal = refused.get(kind);
  if (refusal !== undefined) return wait(refusal);
  const candidates = rankCandidates(entry, room);
  const chosen = candidates.find((candidate) => candidate.kept);
  if (chosen === undefined) {
    const reason = whyNone(entry, candidates);
    refused.set(kind, reason);
    return wait(reason);
  }
  room.take(entry.projectId, chosen.choice);
  return { kind: 'grant', grant: { workId: entry.workId, choice: chosen.choice, candidates } };
}

function wait(reason: string): Verdict {
  return { kind: 'wait', reason };
}

/** What it waits for when the furthest that any candidate came was this rule; the candidate that came closest first. */
const REASONS: readonly (readonly [Candidate['rule'], (needs: Needs) => string])[] = [
  ['no-start', ({ capability, boundary }) => `waits for a free agent for "${capability}": the rule of the boundary "${boundary}" starts none`],
  ['at-limit', ({ capability }) => `every target for "${capability}" is at its limit of agents`],
  ['breaker-open', ({ capability }) => `the breaker of every target for "${capability}" is open: starts failed there`],
  ['unhealthy', ({ capability }) => `every target for "${capability}" is unhealthy`],
  ['host-closed', ({ capability }) => `the host of every target for "${capability}" is stopped`],
  ['taken', ({ capability }) => `every agent for "${capability}" is taken`],
  ['disabled', ({ capability }) => `every target for "${capability}" is disabled`],
  ['mechanism-unavailable', ({ capability }) => `no target for "${capability}" has a mechanism by which this version can start agents`],
  ['agent-type', ({ capability, boundary }) => `no target for "${capability}" has an agent type that the boundary "${boundary}" allows`],
  ['boundary', ({ capability, boundary }) => `no target for "${capability}" allows the boundary "${boundary}"`],
  ['capability', ({ capability }) => `no target has the capability "${capability}"`],
];

function whyNone({ needs }: QueueEntry, candidates: readonly Candidate[]): string {
  const dropped = new Set(candidates.map((candidate) => candidate.rule));
  const closest = REASONS.find(([rule]) => dropped.has(rule));
  return closest === undefined ? 'the project has no target' : closest[1](needs);
}

function byPriorityThenAge(a: QueueEntry, b: QueueEntry): number {
  return b.priority - a.priority || a.enqueuedAtMs - b.enqueuedAtMs || (a.workId < b.workId ? -1 : 1);
}
