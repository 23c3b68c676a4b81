import type { AgentCommand, Assignment, CommandReply } from '../src/domain/agents/commands.ts';
import type { RunResult } from './run-result.ts';

/**
 * What the runner is at.
 * free → running (assign) → finished (the harness ended; its report is resent) → free (settled).
 * running → stopping (cancel, settled, a higher fence, leaving) → free, or running the assignment that waits in `next`.
 * A state is left only when the harness group is verified gone, so `free` always means that no process is at work.
 */
type Work =
  | { readonly kind: 'free'; readonly sinceMs: number }
  | { readonly kind: 'running'; readonly assignment: Assignment }
  | { readonly kind: 'stopping'; readonly assignment: Assignment; readonly why: 'withdrawn' | 'interrupted'; readonly next: Assignment | null }
  | { readonly kind: 'finished'; readonly assignment: Assignment };

export interface RunnerState {
  readonly work: Work;
  readonly draining: boolean;
  /** Implies `draining`. */
  readonly leaving: boolean;
  /** Fences that are over here, the newest last; a late `assign` of one of them must not run again. */
  readonly ended: readonly FenceRef[];
}

type FenceRef = Pick<Assignment, 'workId' | 'fence'>;

export type RunnerEvent =
  | { readonly kind: 'command'; readonly command: AgentCommand }
  | { readonly kind: 'run-ended'; readonly result: RunResult }
  /** The process was told to leave (a signal). */
  | { readonly kind: 'leave' }
  | { readonly kind: 'tick' };

export type RunnerEffect =
  | { readonly kind: 'start'; readonly assignment: Assignment }
  /** Without a grace: as long as the runner always waits. */
  | { readonly kind: 'stop'; readonly graceMs?: number }
  | { readonly kind: 'report-end'; readonly assignment: Assignment; readonly result: RunResult }
  | { readonly kind: 'report-interrupted'; readonly assignment: Assignment }
  | { readonly kind: 'resend' }
  | { readonly kind: 'forget-reports' }
  | { readonly kind: 'leave' };

/** The first half of a `CommandReply`; the second is the state after the decision. */
export type Answer = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

export interface Decision {
  readonly state: RunnerState;
  readonly effects: readonly RunnerEffect[];
  readonly answer: Answer;
}

export interface DecideClock {
  readonly nowMs: number;
  /** Free for longer: leave; 0 = never. */
  readonly leaveAfterIdleMs: number;
}

// A server repeats a command for seconds, not for days; far more than can be in flight.
const ENDED_MAX = 128;
const ACCEPTED: Answer = { accepted: true };

export function initialState(nowMs: number): RunnerState {
  return { work: { kind: 'free', sinceMs: nowMs }, draining: false, leaving: false, ended: [] };
}

/** What the runner does about an event. Pure; the shell in `runner.ts` carries the effects out in order. */
export function decide(state: RunnerState, event: RunnerEvent, clock: DecideClock): Decision {
  switch (event.kind) {
    case 'command':
      return obey(state, event.command, clock);
    case 'run-ended':
      return endRun(state, event.result, clock);
    case 'leave':
      return leave(state);
    case 'tick':
      return isIdleForTooLong(state, clock) ? leave(state) : unchanged(state);
  }
}

/** The state as the outside knows it. */
export function outwardState(state: RunnerState): Pick<CommandReply, 'state' | 'workId' | 'fence'> {
  const { work } = state;
  if (work.kind === 'free') return { state: 'free' };
  const { workId, fence } = work.assignment;
  return { state: work.kind === 'finished' ? 'finished-unsettled' : 'working', workId, fence };
}

function obey(state: RunnerState, command: AgentCommand, clock: DecideClock): Decision {
  switch (command.name) {
    case 'assign':
      return assign(state, command.assignment);
    case 'status':
      return unchanged(state);
    case 'answer':
      return isRunning(state, command) ? unchanged(state) : refused(state, 'not-working-on-it');
    case 'cancel':
      return cancel(state, command, clock);
    case 'settled':
      // Nothing to forget is as good as forgotten.
      return isKnown(state, command) ? withdraw(state, command, clock) : unchanged(withEnded(state, command));
    case 'drain':
      return unchanged({ ...state, draining: true });
    case 'shutdown':
      return leave(state, command);
  }
}

function cancel(state: RunnerState, fence: FenceRef, clock: DecideClock): Decision {
  return isKnown(state, fence) ? withdraw(state, fence, clock) : refused(withEnded(state, fence), 'not-working-on-it');
}

function assign(state: RunnerState, assignment: Assignment): Decision {
  const { work } = state;
  if (isSame(acceptedAssignment(work), assignment)) return { state, effects: work.kind === 'finished' ? [{ kind: 'resend' }] : [], answer: ACCEPTED };
  if (isOver(state, assignment)) return refused(state, 'not-working-on-it');
  if (state.draining) return refused(state, 'draining');
  if (work.kind === 'free') return start(state, assignment);
  const newest = work.kind === 'stopping' ? (work.next ?? work.assignment) : work.assignment;
  if (newest.workId !== assignment.workId || newest.fence >= assignment.fence) return refused(state, 'busy');
  return replace(withEnded(state, newest), work, assignment);
}

/** What an `assign` may repeat: what is at work, or waits until an older harness is gone. */
function acceptedAssignment(work: Work): Assignment | null {
  switch (work.kind) {
    case 'free':
      return null;
    case 'stopping':
      return work.next;
    case 'running':
    case 'finished':
      return work.assignment;
  }
}

function isOver({ ended }: RunnerState, { workId, fence }: FenceRef): boolean {
  return ended.some((over) => over.workId === workId && over.fence >= fence);
}

/** A higher fence of the same work item: the server has given up the lower one, so its report is of no use to anybody. */
function replace(state: RunnerState, work: Exclude<Work, { kind: 'free' }>, assignment: Assignment): Decision {
  switch (work.kind) {
    case 'running':
      return stop(state, { ...work, kind: 'stopping', why: 'withdrawn', next: assignment }, [{ kind: 'forget-reports' }]);
    case 'stopping':
      return { state: { ...state, work: { ...work, next: assignment } }, effects: [], answer: ACCEPTED };
    case 'finished': {
      const started = start(state, assignment);
      return { ...started, effects: [{ kind: 'forget-reports' }, ...started.effects] };
    }
  }
}

/** The fence is over (cancelled or settled): no more harness, no more reports. */
function withdraw(state: RunnerState, fence: FenceRef, clock: DecideClock): Decision {
  const after = withEnded(state, fence);
  const { work } = state;
  switch (work.kind) {
    case 'free':
      return unchanged(after);
    case 'running':
      return stop(after, { ...work, kind: 'stopping', why: 'withdrawn', next: null }, [{ kind: 'forget-reports' }]);
    case 'stopping':
      // Either the harness that is being stopped, or the assignment that waits for its end.
      return unchanged({ ...after, work: isSame(work.next, fence) ? { ...work, next: null } : { ...work, why: 'withdrawn' } });
    case 'finished':
      return { state: { ...after, work: { kind: 'free', sinceMs: clock.nowMs } }, effects: [{ kind: 'forget-reports' }], answer: ACCEPTED };
  }
}

function endRun(state: RunnerState, result: RunResult, clock: DecideClock): Decision {
  const { work } = state;
  if (work.kind === 'running') {
    const { assignment } = work;
    const finished: RunnerState = { ...state, work: { kind: 'finished', assignment } };
    return { state: finished, effects: [{ kind: 'report-end', assignment, result }], answer: ACCEPTED };
  }
  if (work.kind !== 'stopping') return unchanged(state);
  if (state.leaving) return endInterrupted(state, work, clock);
  if (work.next !== null) return start(state, work.next);
  return unchanged({ ...state, work: { kind: 'free', sinceMs: clock.nowMs } });
}

/** The harness is gone and the runner is leaving: say of what was accepted and not withdrawn that it was interrupted. */
function endInterrupted(state: RunnerState, work: Extract<Work, { kind: 'stopping' }>, clock: DecideClock): Decision {
  const assignment = work.next ?? (work.why === 'interrupted' ? work.assignment : null);
  if (assignment === null) return { state: { ...state, work: { kind: 'free', sinceMs: clock.nowMs } }, effects: [{ kind: 'leave' }], answer: ACCEPTED };
  return {
    state: { ...state, work: { kind: 'finished', assignment } },
    effects: [{ kind: 'report-interrupted', assignment }, { kind: 'leave' }],
    answer: ACCEPTED,
  };
}

function leave(state: RunnerState, { graceMs }: { readonly graceMs?: number } = {}): Decision {
  if (state.leaving) return unchanged(state);
  const leaving: RunnerState = { ...state, draining: true, leaving: true };
  const { work } = state;
  if (work.kind !== 'running') return { state: leaving, effects: work.kind === 'stopping' ? [] : [{ kind: 'leave' }], answer: ACCEPTED };
  const effect: RunnerEffect = graceMs === undefined ? { kind: 'stop' } : { kind: 'stop', graceMs };
  return { state: { ...leaving, work: { ...work, kind: 'stopping', why: 'interrupted', next: null } }, effects: [effect], answer: ACCEPTED };
}

function start(state: RunnerState, assignment: Assignment): Decision {
  return { state: { ...state, work: { kind: 'running', assignment } }, effects: [{ kind: 'start', assignment }], answer: ACCEPTED };
}

function stop(state: RunnerState, work: Work, before: readonly RunnerEffect[]): Decision {
  return { state: { ...state, work }, effects: [...before, { kind: 'stop' }], answer: ACCEPTED };
}

function unchanged(state: RunnerState): Decision {
  return { state, effects: [], answer: ACCEPTED };
}

function refused(state: RunnerState, reason: string): Decision {
  return { state, effects: [], answer: { accepted: false, reason } };
}

function isRunning({ work }: RunnerState, fence: FenceRef): boolean {
  return work.kind === 'running' && isSame(work.assignment, fence);
}

function isKnown({ work }: RunnerState, fence: FenceRef): boolean {
  if (work.kind === 'free') return false;
  return isSame(work.assignment, fence) || (work.kind === 'stopping' && isSame(work.next, fence));
}

function isSame(a: FenceRef | null, b: FenceRef): boolean {
  return a !== null && a.workId === b.workId && a.fence === b.fence;
}

function withEnded(state: RunnerState, { workId, fence }: FenceRef): RunnerState {
  if (isOver(state, { workId, fence })) return state;
  const others = state.ended.filter((ended) => ended.workId !== workId);
  return { ...state, ended: [...others, { workId, fence }].slice(-ENDED_MAX) };
}

function isIdleForTooLong({ work }: RunnerState, { nowMs, leaveAfterIdleMs }: DecideClock): boolean {
  return leaveAfterIdleMs > 0 && work.kind === 'free' && nowMs - work.sinceMs >= leaveAfterIdleMs;
}
