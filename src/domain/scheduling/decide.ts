import type { WorkId } from '../ids.ts';
import type { GrantChoice, Retirement } from './grant.ts';
import { placeSpinUps } from './place-spin-ups.ts';
import type { SpinUpDecision } from './place-spin-ups.ts';
import type { Candidate } from './rank-candidates.ts';
import { isLeaving, whyHeld } from './holds.ts';
import { kindOf, Room } from './room.ts';
import { RunningCosts } from './running-costs.ts';
import type { FreeAgent, QueueEntry, Snapshot } from './snapshot.ts';
import { Turns } from './turns.ts';
import { whyNotBefore } from '../work/check-times.ts';
import { whyNone } from './why-none.ts';

// What a decision keeps of the candidates that it looked at.
const CANDIDATES_KEPT = 50;

const WAITS_FOR_APPROVAL = 'waits for approval';

export interface GrantDecision {
  readonly workId: WorkId;
  readonly choice: GrantChoice;
  /** The first ones as they were at that moment, the best first, and how many there are. */
  readonly candidates: readonly Candidate[];
  readonly candidatesTotal: number;
}

export interface WaitDecision {
  readonly workId: WorkId;
  readonly reason: string;
  /** It would be granted something, were it approved; or nothing is before it is. */
  readonly needsApproval?: true;
}

export interface Decisions {
  readonly spinUps: readonly SpinUpDecision[];
  readonly grants: readonly GrantDecision[];
  readonly waiting: readonly WaitDecision[];
  /** They leave the free set now, then are stopped. */
  readonly retire: readonly Retirement[];
  /** When a backoff, an agent's idle limit, a target's rest or the wait of a spin-up runs out and it is worth looking again; null when nothing waits for time. */
  readonly lookAgainAtMs: number | null;
  /** `grantsMax` were granted; the items that are left were not looked at. */
  readonly cut: boolean;
}

/**
 * Hands out slots: who gets which free agent or which start, and why everybody else waits. Pure; grants never exceed a
 * project's limits of slots or a target's of agents and starts, never cross a boundary, and give no agent more than it does at once.
 * Order: starts that a person asked for (one per target at a time, so they keep nobody out), then items by their turns
 * (see `Turns`): priority with age, then fair shares between projects and between submitters.
 */
export function decide(snapshot: Snapshot, nowMs: number, grantsMax = Number.POSITIVE_INFINITY): Decisions {
  const leaving = snapshot.agents.filter((agent) => isLeaving(agent, snapshot));
  const room = new Room({ ...snapshot, agents: snapshot.agents.filter((agent) => !isLeaving(agent, snapshot)) });
  const spinUps = placeSpinUps(snapshot, room, nowMs);
  const notYet = snapshot.queue.flatMap((entry) => waitDecision(entry, whyHeld(snapshot.holds, entry.projectId) ?? whyNotYet(entry, nowMs)));
  const turns = new Turns(
    snapshot.queue.filter((entry) => whyHeld(snapshot.holds, entry.projectId) === null && whyNotYet(entry, nowMs) === null),
    { costs: new RunningCosts(snapshot), nowMs, kindOf },
  );
  const { grants, waiting } = grantInTurns(turns, room, grantsMax);
  const idle = room.agents.filter((agent) => room.agentIsFree(agent.guid) && agent.idleTimeoutMs > 0);
  const moments = [
    ...idle.map(idleEndMs),
    ...snapshot.queue.map(({ notBeforeMs }) => notBeforeMs),
    ...spinUps.flatMap((decision) => (decision.kind === 'wait' ? [decision.untilMs] : [])),
    ...(waiting.length > 0 || spinUps.length > 0 ? room.restEnds(nowMs) : []),
  ].filter((moment) => moment > nowMs);
  const cut = turns.next() !== undefined;
  // Whom the items that are left would take is not known.
  const spent = cut ? [] : idle.filter((agent) => idleEndMs(agent) <= nowMs);
  return {
    spinUps,
    grants,
    waiting: [...notYet, ...waiting].sort((a, b) => (a.workId < b.workId ? -1 : 1)),
    retire: [...retirements('drained', leaving), ...retirements('idle', spent)],
    lookAgainAtMs: moments.length === 0 ? null : Math.min(...moments),
    cut,
  };
}

function retirements(reason: Retirement['reason'], agents: readonly FreeAgent[]): readonly Retirement[] {
  return agents.map(({ guid }) => ({ agentGuid: guid, reason }));
}

function idleEndMs(agent: FreeAgent): number {
  return agent.freeSinceMs + agent.idleTimeoutMs;
}

function waitDecision({ workId }: QueueEntry, reason: string | null): readonly WaitDecision[] {
  return reason === null ? [] : [{ workId, reason, ...(reason === WAITS_FOR_APPROVAL ? { needsApproval: true as const } : {}) }];
}

/** Why an item is not to be granted anything now, whatever room there is. */
function whyNotYet({ notBeforeMs, needs, waitsForOldAgent }: QueueEntry, nowMs: number): string | null {
  const early = whyNotBefore(notBeforeMs, nowMs);
  if (early !== null) return early;
  if (needs.agentTypes.length === 0) return `the project's policy allows the boundary "${needs.boundary}" to no agent that this item may use`;
  if (needs.gate?.closed === 'everything') return WAITS_FOR_APPROVAL;
  return waitsForOldAgent ? 'waits until the agent of the last attempt is verified gone' : null;
}

function grantInTurns(turns: Turns, room: Room, grantsMax: number): Pick<Decisions, 'grants' | 'waiting'> {
  const grants: GrantDecision[] = [];
  const waiting: WaitDecision[] = [];
  for (let entry = turns.next(); entry !== undefined && grants.length < grantsMax; entry = turns.next()) {
    const offers = room.offersFor(entry);
    const full = room.whyNoSlot(entry);
    const choice = full === null ? offers.best(entry) : null;
    if (choice === null) {
      // Room only shrinks: what is refused to one is refused to all of its line.
      const reason = full ?? whyNone(entry.needs, offers);
      const closed = full === null && offers.dropped().has('needs-approval') ? { needsApproval: true as const } : {};
      for (const { workId } of turns.dismiss()) waiting.push({ workId, reason, ...closed });
      continue;
    }
    grants.push({ workId: entry.workId, choice, candidates: offers.list(entry, CANDIDATES_KEPT), candidatesTotal: offers.total });
    room.take(entry, choice);
    turns.serve();
  }
  return { grants, waiting };
}
