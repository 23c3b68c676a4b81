import type { TargetId } from '../ids.ts';
import { backoffMs } from './backoff.ts';
import { chooseTarget } from './choose-target.ts';
import type { TargetFacts } from './choose-target.ts';
import type { DeploymentSpec, ReplicaState } from './deployment.ts';
import { isDraining, sayHeld } from './held.ts';
import type { Held } from './held.ts';

/** What a deployment wants now. */
export interface Wanted extends Pick<DeploymentSpec, 'placement' | 'restartPolicy' | 'backoff'> {
  /** How many replicas; 0 while it drains. */
  readonly desired: number;
  readonly revision: number;
  readonly paused: boolean;
  /** Its project, or everything, is held up by an operator. */
  readonly held: Held | null;
}

/** How the last agent of a replica ended, verified gone. */
export interface ReplicaEnd {
  /**
   * asked: the deployment wanted it so · interrupted: its host was stopped or is gone, or a person ended it · no-room: it was never started,
   * for want of room · exited: it left by itself, well · failed: not started, lost, or left with an error.
   */
  readonly how: 'asked' | 'interrupted' | 'no-room' | 'exited' | 'failed';
  readonly atMs: number;
  readonly readyForMs: number;
}

/** One index as the rows show it. */
export interface ReplicaFacts {
  readonly index: number;
  readonly state: ReplicaState;
  /** Of the deployment, when it was last started. */
  readonly revision: number;
  /** Where it was last started; null = never. */
  readonly targetId: TargetId | null;
  /** Whether the deployment still names that target. */
  readonly onListedTarget: boolean;
  /** Its target is being drained. */
  readonly onDrainedTarget: boolean;
  /** Its agent has a work item. */
  readonly working: boolean;
  readonly readySinceMs: number | null;
  /** In a row. */
  readonly failures: number;
  readonly notBeforeMs: number | null;
  readonly finished: boolean;
  /** Of a replica that has ended; else null. */
  readonly end: ReplicaEnd | null;
}

export interface PlanFacts {
  readonly wanted: Wanted;
  readonly replicas: readonly ReplicaFacts[];
  readonly targets: readonly TargetFacts[];
}

export type DeploymentAction =
  /** The end is accounted for. */
  | { readonly kind: 'settle'; readonly index: number; readonly failures: number; readonly notBeforeMs: number | null; readonly finished: boolean }
  /** It was ready for so long that its failures no longer count. */
  | { readonly kind: 'forgive'; readonly index: number }
  /** `fresh`: of another revision than before, so that its failures do not count. */
  | { readonly kind: 'start'; readonly index: number; readonly targetId: TargetId; readonly fresh: boolean }
  | { readonly kind: 'stop'; readonly index: number; readonly reason: string }
  /** Nothing runs for an index that is no longer wanted. */
  | { readonly kind: 'forget'; readonly index: number };

export interface Plan {
  readonly actions: readonly DeploymentAction[];
  /** When time alone makes another look worth while; null = never. */
  readonly lookAgainAtMs: number | null;
  /** Starts that found no target. */
  readonly unplaced: number;
}

/**
 * What to do so that the replicas become what is wanted. Never two agents for one index; an agent of an older revision that
 * is ready is stopped only while all others are, one at a time; one that is paused or held up starts nothing.
 */
export function plan({ wanted, replicas, targets }: PlanFacts, nowMs: number): Plan {
  const settled = replicas.map((replica) => settle(replica, wanted));
  const present = settled.map(({ replica }) => replica);
  const stops = [
    ...stopSurplus(present, wanted),
    ...stopHeld(present, wanted),
    ...stopOutdated(present, wanted, { targets, nowMs }),
    ...stopMisplaced(present, wanted, targets),
  ];
  const { starts, unplaced } = placeStarts(present, wanted, { targets, nowMs });
  const forgiven = present.filter((replica) => replica.failures > 0 && isStable(replica, wanted, nowMs));
  const forgotten = present.filter(({ index, state }) => index >= wanted.desired && state === 'none');
  return {
    actions: [
      ...settled.flatMap(({ action }) => action ?? []),
      ...forgiven.map(({ index }) => ({ kind: 'forgive' as const, index })),
      ...stops,
      ...starts,
      ...forgotten.map(({ index }) => ({ kind: 'forget' as const, index })),
    ],
    lookAgainAtMs: soonest(present.flatMap((replica) => momentsOf(replica, wanted)).filter((moment) => moment > nowMs)),
    unplaced,
  };
}

interface Settled {
  readonly replica: ReplicaFacts;
  readonly action: DeploymentAction | null;
}

/** An end of its own makes the next start wait, longer each time; whether there is one, the restart policy says. */
function settle(replica: ReplicaFacts, wanted: Wanted): Settled {
  const { index, end } = replica;
  if (replica.state !== 'ended' || end === null) return { replica, action: null };
  const account = accountFor(end, replica.failures, wanted);
  return { replica: { ...replica, state: 'none', readySinceMs: null, ...account }, action: { kind: 'settle', index, ...account } };
}

function accountFor(end: ReplicaEnd, before: number, { restartPolicy, backoff }: Wanted): Pick<ReplicaFacts, 'failures' | 'notBeforeMs' | 'finished'> {
  const earlier = end.readyForMs >= backoff.resetAfterMs ? 0 : before;
  switch (end.how) {
    case 'asked':
    case 'interrupted':
      return { failures: earlier, notBeforeMs: null, finished: false };
    case 'no-room':
      return { failures: earlier, notBeforeMs: end.atMs + backoff.initialMs, finished: false };
    case 'exited':
    case 'failed': {
      const failures = earlier + 1;
      const finished = restartPolicy === 'never' || (restartPolicy === 'on-failure' && end.how === 'exited');
      return { failures, notBeforeMs: finished ? null : end.atMs + backoffMs(backoff, failures), finished };
    }
  }
}

function stopSurplus(replicas: readonly ReplicaFacts[], { desired }: Wanted): readonly DeploymentAction[] {
  return replicas.filter(({ index, state }) => index >= desired && isUp(state)).map(({ index }) => stop(index, 'no longer wanted by its deployment'));
}

/**
 * Held up, nothing goes on waiting for a start, which would come when the hold is over and be another one by then. Where agents
 * are let go, those without a work item leave: also one that runs its target's command, which nobody ever finds free.
 */
function stopHeld(replicas: readonly ReplicaFacts[], { desired, held }: Wanted): readonly DeploymentAction[] {
  const own = replicas.filter(({ index, state }) => index < desired && isUp(state));
  return own.flatMap((replica) => {
    if (held !== null && (replica.state === 'waiting' || (isDraining(held) && !replica.working))) return [stop(replica.index, sayHeld(held))];
    return isLetGo(replica) ? [stop(replica.index, 'its target is being drained')] : [];
  });
}

function isLetGo({ state, onDrainedTarget, working }: ReplicaFacts): boolean {
  return onDrainedTarget && !working && state !== 'waiting';
}

/** One that is not ready is missed by nobody; of those that are, one at a time, while there is somewhere to start it again. */
function stopOutdated(replicas: readonly ReplicaFacts[], wanted: Wanted, { targets, nowMs }: Surroundings): readonly DeploymentAction[] {
  if (startsNothing(wanted)) return [];
  const own = replicas.filter(({ index }) => index < wanted.desired);
  const outdated = own.filter((replica) => isUp(replica.state) && isOutdated(replica, wanted) && !isLetGo(replica));
  const idle = outdated.filter(({ state }) => state !== 'ready');
  if (idle.length > 0) return idle.map(({ index }) => stop(index, REPLACED));
  const [first] = outdated;
  const allSettled = own.length >= wanted.desired && own.every((replica) => isInPlace(replica, wanted, nowMs));
  const hasPlace = targets.some(({ startable }) => startable);
  return first === undefined || !allSettled || !hasPlace ? [] : [stop(first.index, REPLACED)];
}

/** What waits on a full target goes to one that has room. */
function stopMisplaced(replicas: readonly ReplicaFacts[], wanted: Wanted, targets: readonly TargetFacts[]): readonly DeploymentAction[] {
  const places = targets.filter(({ startable, room }) => startable && room > 0);
  const spare = places.reduce((sum, { room }) => sum + room, 0);
  const isPlace = (targetId: TargetId | null): boolean => places.some(({ id }) => id === targetId);
  return replicas
    .filter((replica) => replica.index < wanted.desired && replica.state === 'waiting' && !isOutdated(replica, wanted) && !isPlace(replica.targetId))
    .slice(0, startsNothing(wanted) ? 0 : spare)
    .map(({ index }) => stop(index, 'moves to a target that has room'));
}

const REPLACED = 'replaced, because its deployment has changed';

interface Surroundings {
  readonly targets: readonly TargetFacts[];
  readonly nowMs: number;
}

function placeStarts(
  replicas: readonly ReplicaFacts[],
  wanted: Wanted,
  { targets, nowMs }: Surroundings,
): { starts: readonly DeploymentAction[]; unplaced: number } {
  if (startsNothing(wanted)) return { starts: [], unplaced: 0 };
  const byIndex = new Map(replicas.map((replica) => [replica.index, replica]));
  const places = replicas.flatMap(({ state, targetId }) => (state === 'none' || targetId === null ? [] : [targetId]));
  const given = new Map<TargetId, number>();
  const starts: DeploymentAction[] = [];
  let unplaced = 0;
  for (let index = 0; index < wanted.desired; index++) {
    const replica = byIndex.get(index);
    if (replica !== undefined && !mayStart(replica, wanted, nowMs)) continue;
    const targetId = chooseTarget(targets, { placement: wanted.placement, places, given, avoid: replica?.targetId ?? null });
    if (targetId === null) {
      unplaced++;
      continue;
    }
    places.push(targetId);
    given.set(targetId, (given.get(targetId) ?? 0) + 1);
    starts.push({ kind: 'start', index, targetId, fresh: replica === undefined || replica.revision < wanted.revision });
  }
  return { starts, unplaced };
}

function startsNothing({ paused, held }: Wanted): boolean {
  return paused || held !== null;
}

/** What an older revision has left behind holds up no newer one. */
function mayStart(replica: ReplicaFacts, wanted: Wanted, nowMs: number): boolean {
  if (replica.state !== 'none') return false;
  if (replica.revision < wanted.revision) return true;
  return !replica.finished && (replica.notBeforeMs ?? 0) <= nowMs;
}

/** Nobody waits for it: ready for a moment at least, so that one that ends at once is not taken for success, or done with. */
function isInPlace({ state, readySinceMs, finished }: ReplicaFacts, { backoff }: Wanted, nowMs: number): boolean {
  if (state === 'none') return finished;
  return state === 'ready' && readySinceMs !== null && readySinceMs + backoff.initialMs <= nowMs;
}

function isStable({ state, readySinceMs }: ReplicaFacts, { backoff }: Wanted, nowMs: number): boolean {
  return state === 'ready' && readySinceMs !== null && readySinceMs + backoff.resetAfterMs <= nowMs;
}

/** It has, or will have, an agent. */
function isUp(state: ReplicaState): boolean {
  return state === 'waiting' || state === 'starting' || state === 'ready';
}

/** What runs was started from an older revision, or on a target that is no longer named. */
export function isOutdated({ revision, onListedTarget }: Pick<ReplicaFacts, 'revision' | 'onListedTarget'>, wanted: Pick<Wanted, 'revision'>): boolean {
  return revision < wanted.revision || !onListedTarget;
}

function momentsOf({ state, readySinceMs, failures, notBeforeMs, finished }: ReplicaFacts, wanted: Wanted): readonly number[] {
  const { backoff } = wanted;
  if (state === 'none') return notBeforeMs === null || finished || startsNothing(wanted) ? [] : [notBeforeMs];
  if (state !== 'ready' || readySinceMs === null) return [];
  return [readySinceMs + backoff.initialMs, ...(failures > 0 ? [readySinceMs + backoff.resetAfterMs] : [])];
}

function stop(index: number, reason: string): DeploymentAction {
  return { kind: 'stop', index, reason };
}

function soonest(moments: readonly number[]): number | null {
  return moments.length === 0 ? null : Math.min(...moments);
}
