import type { DeploymentCondition, DeploymentPhase, DeploymentStatus, ReplicaState } from './deployment.ts';
import { isDraining, sayHeld } from './held.ts';
import type { Held } from './held.ts';
import { isOutdated } from './plan.ts';
import type { ReplicaFacts } from './plan.ts';

/** From so many failures in a row on, a replica is said to be crash-looping. */
const CRASH_LOOP_FAILURES = 3;

export interface StatusFacts {
  readonly desired: number;
  readonly revision: number;
  readonly paused: boolean;
  readonly draining: boolean;
  /** By its project, or with everything. */
  readonly held: Held | null;
  /** Every start has found a target. */
  readonly placeable: boolean;
  readonly replicas: readonly (Pick<ReplicaFacts, 'index' | 'state' | 'revision' | 'onListedTarget' | 'failures' | 'finished'> & {
    readonly restarts: number;
  })[];
}

/** How far a deployment is, from its rows alone. */
export function statusOf(facts: StatusFacts): DeploymentStatus {
  const { replicas, desired } = facts;
  const count = (...states: readonly ReplicaState[]): number => replicas.filter(({ state }) => states.includes(state)).length;
  return {
    phase: phaseOf(facts),
    desired,
    ready: count('ready'),
    starting: count('waiting', 'starting'),
    draining: count('stopping', 'ended'),
    updated: replicas.filter((replica) => replica.state === 'ready' && !isOutdated(replica, facts)).length,
    restarts: replicas.reduce((sum, { restarts }) => sum + restarts, 0),
  };
}

function phaseOf(facts: StatusFacts): DeploymentPhase {
  const { desired, paused, draining, held, replicas } = facts;
  if (draining || isDraining(held)) return replicas.some(({ state }) => state !== 'none') ? 'draining' : 'drained';
  if (paused || held !== null) return 'paused';
  if (missingOf(facts) > 0) return phaseWhileMissing(facts);
  const own = replicas.filter(({ index }) => index < desired);
  if (own.some((replica) => replica.state === 'ready' && isOutdated(replica, facts))) return 'progressing';
  return desired > 0 && own.every(({ finished, state }) => finished && state === 'none') ? 'finished' : 'available';
}

function phaseWhileMissing({ desired, placeable, replicas }: StatusFacts): DeploymentPhase {
  const failures = replicas.filter(({ index, state }) => index < desired && state !== 'ready').map((replica) => replica.failures);
  if (failures.some((count) => count >= CRASH_LOOP_FAILURES)) return 'crash-looping';
  return failures.some((count) => count > 0) || !placeable ? 'degraded' : 'progressing';
}

/** Replicas that should be ready and are not. */
function missingOf({ desired, replicas }: StatusFacts): number {
  return desired - replicas.filter(({ index, state, finished }) => index < desired && (state === 'ready' || (state === 'none' && finished))).length;
}

export interface ConditionContext {
  readonly before: readonly DeploymentCondition[];
  /** Why starts found no target; null = all have found one. */
  readonly unplaced: string | null;
  /** Who holds it up, and why; of one that is not held up null. */
  readonly heldBecause: string | null;
  readonly now: string;
}

/** What is said of a deployment, each time anew; `lastTransitionAt` stays while the status does. */
export function conditionsOf(facts: StatusFacts, { before, unplaced, heldBecause, now }: ConditionContext): readonly DeploymentCondition[] {
  return [available(facts), progressing(facts), sayPlaceable(unplaced), crashLooping(facts), paused(facts), sayWhyHeld(facts, heldBecause)].map((said) => {
    const earlier = before.find(({ type }) => type === said.type);
    return { ...said, lastTransitionAt: earlier?.status === said.status ? earlier.lastTransitionAt : now };
  });
}

type Said = Omit<DeploymentCondition, 'lastTransitionAt'>;

function available(facts: StatusFacts): Said {
  const { desired, ready } = statusOf(facts);
  const message = `${String(ready)} of ${String(desired)} replicas are ready.`;
  return missingOf(facts) <= 0
    ? { type: 'Available', status: 'True', reason: 'AllReplicasInPlace', message }
    : { type: 'Available', status: 'False', reason: 'ReplicasMissing', message };
}

function progressing(facts: StatusFacts): Said {
  const { phase, desired, updated, draining } = statusOf(facts);
  const message = `${String(updated)} of ${String(desired)} replicas are ready and of revision ${String(facts.revision)}; ${String(draining)} are on their way out.`;
  const goesOn = phase === 'progressing' || phase === 'degraded' || phase === 'draining';
  return { type: 'Progressing', status: goesOn ? 'True' : 'False', reason: REASONS[phase], message };
}

const REASONS: Readonly<Record<DeploymentPhase, string>> = {
  draining: 'Draining',
  drained: 'Drained',
  paused: 'Paused',
  'crash-looping': 'CrashLooping',
  degraded: 'ReplacingFailedReplicas',
  progressing: 'RollingOut',
  finished: 'Finished',
  available: 'Complete',
};

function sayPlaceable(unplaced: string | null): Said {
  return unplaced === null
    ? { type: 'Placeable', status: 'True', reason: 'TargetsAvailable', message: 'Every start has a target.' }
    : { type: 'Placeable', status: 'False', reason: 'NoTarget', message: unplaced.slice(0, 1024) };
}

function crashLooping({ replicas }: StatusFacts): Said {
  const looping = replicas.filter(({ state, failures }) => state !== 'ready' && failures >= CRASH_LOOP_FAILURES);
  return looping.length === 0
    ? { type: 'CrashLooping', status: 'False', reason: 'NoCrashLoop', message: 'No replica fails again and again.' }
    : {
        type: 'CrashLooping',
        status: 'True',
        reason: 'RepeatedFailures',
        message: `Replicas ${looping.map(({ index }) => index).join(', ')} fail again and again.`,
      };
}

function paused({ paused: isPaused, draining }: StatusFacts): Said {
  if (draining) return { type: 'Paused', status: 'True', reason: 'Draining', message: 'It starts nothing: all that runs is stopped.' };
  return isPaused
    ? { type: 'Paused', status: 'True', reason: 'Paused', message: 'It starts nothing until it is resumed.' }
    : { type: 'Paused', status: 'False', reason: 'NotPaused', message: 'It starts what is missing.' };
}

const HELD_REASONS: Readonly<Record<Held, string>> = {
  'project-paused': 'ProjectPaused',
  'project-draining': 'ProjectDraining',
  'everything-paused': 'EverythingPaused',
  'everything-draining': 'EverythingDraining',
};

function sayWhyHeld({ held }: StatusFacts, because: string | null): Said {
  if (held === null) return { type: 'Held', status: 'False', reason: 'NotHeld', message: 'Nobody holds up its project, or everything.' };
  const what = isDraining(held) ? 'agents leave as soon as they are free, and nothing is started' : 'what runs stays, and nothing is started';
  const message = `${sayHeld(held)}${because === null ? '' : ` ${because}`}: ${what} until that is resumed.`;
  return { type: 'Held', status: 'True', reason: HELD_REASONS[held], message: message.slice(0, 1024) };
}
