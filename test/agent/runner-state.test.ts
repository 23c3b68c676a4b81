import { describe, expect, test } from '@jest/globals';
import { decide, initialState, outwardState } from '../../agent/runner-state.ts';
import type { Answer, RunnerEffect, RunnerEvent, RunnerState } from '../../agent/runner-state.ts';
import type { AgentCommand, Assignment } from '../../src/domain/agents/commands.ts';
import { WORK_A, WORK_B, anAssignment } from './assignment.ts';

const RESULT = { kind: 'not-started', message: 'x' } as const;
const ended: RunnerEvent = { kind: 'run-ended', result: RESULT };
const leave: RunnerEvent = { kind: 'leave' };
const first = anAssignment({ workId: WORK_A, fence: 1 });
const second = anAssignment({ workId: WORK_A, fence: 2 });
const third = anAssignment({ workId: WORK_A, fence: 3 });
const other = anAssignment({ workId: WORK_B, fence: 7 });

const tell = (command: AgentCommand): RunnerEvent => ({ kind: 'command', command });
const assign = (assignment: Assignment): RunnerEvent => tell({ name: 'assign', assignment });
const cancel = ({ workId, fence }: Assignment): RunnerEvent => tell({ name: 'cancel', workId, fence });
const settled = ({ workId, fence }: Assignment): RunnerEvent => tell({ name: 'settled', workId, fence });
const drain = tell({ name: 'drain' });
const shutdown = tell({ name: 'shutdown', reason: 'test' });

interface Outcome {
  readonly state: RunnerState;
  readonly effects: readonly RunnerEffect[];
  readonly answer: Answer;
}

/** What the last of the events leads to. */
function after(...events: readonly RunnerEvent[]): Outcome {
  let outcome: Outcome = { state: initialState(0), effects: [], answer: { accepted: true } };
  for (const event of events) outcome = decide(outcome.state, event, { nowMs: 1000, leaveAfterIdleMs: 0 });
  return outcome;
}

const accepted = { accepted: true };
const refused = (reason: string) => ({ accepted: false, reason });

describe('assign', () => {
  test('starts the harness of a free agent', () => {
    const { state, effects, answer } = after(assign(first));

    expect(answer).toEqual(accepted);
    expect(effects).toEqual([{ kind: 'start', assignment: first }]);
    expect(outwardState(state)).toEqual({ state: 'working', workId: WORK_A, fence: 1 });
  });

  test('repeated while at work changes nothing', () => {
    expect(after(assign(first), assign(first))).toMatchObject({ answer: accepted, effects: [] });
  });

  test('repeated after the end sends the final report again at once', () => {
    const { answer, effects, state } = after(assign(first), ended, assign(first));

    expect(answer).toEqual(accepted);
    expect(effects).toEqual([{ kind: 'resend' }]);
    expect(outwardState(state).state).toBe('finished-unsettled');
  });

  test.each([
    ['another item while at work', [assign(first), assign(other)], 'busy'],
    ['another item while a report is unsettled', [assign(first), ended, assign(other)], 'busy'],
    ['another item while the harness is being stopped', [assign(first), cancel(first), assign(other)], 'busy'],
    ['a lower fence while at work', [assign(second), assign(first)], 'busy'],
    ['anything while draining', [drain, assign(first)], 'draining'],
    ['anything while leaving', [assign(first), leave, assign(second)], 'draining'],
    ['a fence that was cancelled', [assign(first), cancel(first), ended, assign(first)], 'not-working-on-it'],
    ['a fence that was settled', [assign(first), ended, settled(first), assign(first)], 'not-working-on-it'],
    ['a fence that was cancelled before it came', [cancel(first), assign(first)], 'not-working-on-it'],
    ['a fence below one that is over', [assign(second), ended, settled(second), assign(first)], 'not-working-on-it'],
    ['a fence that a higher one replaced', [assign(first), assign(second), assign(first)], 'not-working-on-it'],
  ])('of %s is refused', (_what, events, reason) => {
    expect(after(...events)).toMatchObject({ answer: refused(reason), effects: [] });
  });

  test('of a higher fence stops the lower one and starts when it is gone', () => {
    const replacing = after(assign(first), assign(second));
    const replaced = after(assign(first), assign(second), ended);

    expect(replacing).toMatchObject({ answer: accepted, effects: [{ kind: 'forget-reports' }, { kind: 'stop' }] });
    expect(outwardState(replacing.state)).toEqual({ state: 'working', workId: WORK_A, fence: 1 });
    expect(replaced.effects).toEqual([{ kind: 'start', assignment: second }]);
    expect(outwardState(replaced.state)).toEqual({ state: 'working', workId: WORK_A, fence: 2 });
  });

  test('of a higher fence takes the place of one that waits', () => {
    expect(after(assign(first), assign(second), assign(third), ended).effects).toEqual([{ kind: 'start', assignment: third }]);
  });

  test('of a higher fence forgets a report that nobody waits for any more', () => {
    expect(after(assign(first), ended, assign(second)).effects).toEqual([{ kind: 'forget-reports' }, { kind: 'start', assignment: second }]);
  });

  test('of a higher fence after a cancel waits for the end of the old harness', () => {
    const { effects } = after(assign(first), cancel(first), assign(second), ended);

    expect(effects).toEqual([{ kind: 'start', assignment: second }]);
  });
});

describe('the end of the harness', () => {
  test('is reported, and the agent stays occupied until the report is settled', () => {
    const finished = after(assign(first), ended);
    const free = after(assign(first), ended, settled(first));

    expect(finished.effects).toEqual([{ kind: 'report-end', assignment: first, result: RESULT }]);
    expect(outwardState(finished.state)).toEqual({ state: 'finished-unsettled', workId: WORK_A, fence: 1 });
    expect(free).toMatchObject({ answer: accepted, effects: [{ kind: 'forget-reports' }] });
    expect(outwardState(free.state)).toEqual({ state: 'free' });
  });

  test('after settlement the agent takes other work, and the same item under a higher fence', () => {
    expect(after(assign(first), ended, settled(first), assign(other)).answer).toEqual(accepted);
    expect(after(assign(first), ended, settled(first), assign(second)).answer).toEqual(accepted);
  });
});

describe('cancel', () => {
  test('stops the harness, sends no report, and frees the agent when all of it is gone', () => {
    const stopping = after(assign(first), cancel(first));
    const gone = after(assign(first), cancel(first), ended);

    expect(stopping).toMatchObject({ answer: accepted, effects: [{ kind: 'forget-reports' }, { kind: 'stop' }] });
    expect(outwardState(stopping.state).state).toBe('working');
    expect(gone.effects).toEqual([]);
    expect(outwardState(gone.state)).toEqual({ state: 'free' });
  });

  test('of a finished item forgets its report', () => {
    const { effects, state } = after(assign(first), ended, cancel(first));

    expect(effects).toEqual([{ kind: 'forget-reports' }]);
    expect(outwardState(state).state).toBe('free');
  });

  test('of an assignment that waits for the end of an older one leaves the agent free', () => {
    const { effects, state } = after(assign(first), assign(second), cancel(second), ended);

    expect(effects).toEqual([]);
    expect(outwardState(state).state).toBe('free');
  });

  test.each([
    ['a free agent', [cancel(first)]],
    ['another item', [assign(first), cancel(other)]],
    ['another fence', [assign(first), cancel(second)]],
  ])('of what it does not work on is refused: %s', (_what, events) => {
    expect(after(...events)).toMatchObject({ answer: refused('not-working-on-it'), effects: [] });
  });

  test('repeated while stopping is accepted and does not stop twice', () => {
    expect(after(assign(first), cancel(first), cancel(first))).toMatchObject({ answer: accepted, effects: [] });
  });
});

describe('settled', () => {
  test('stops a harness whose fence is over', () => {
    expect(after(assign(first), settled(first)).effects).toEqual([{ kind: 'forget-reports' }, { kind: 'stop' }]);
  });

  test('of something unknown is accepted: there is nothing to forget', () => {
    expect(after(settled(first))).toMatchObject({ answer: accepted, effects: [] });
  });
});

describe('leaving', () => {
  test('a free agent leaves at once', () => {
    expect(after(shutdown)).toMatchObject({ answer: accepted, effects: [{ kind: 'leave' }] });
    expect(after(leave).effects).toEqual([{ kind: 'leave' }]);
  });

  test('an agent at work stops, reports the interruption when the harness is gone, and leaves', () => {
    expect(after(assign(first), leave).effects).toEqual([{ kind: 'stop' }]);
    expect(after(assign(first), leave, ended).effects).toEqual([{ kind: 'report-interrupted', assignment: first }, { kind: 'leave' }]);
  });

  test('an agent at work that is told how long gives its harness that long', () => {
    const granted = tell({ name: 'shutdown', reason: 'test', graceMs: 60_000 });

    expect(after(assign(first), granted).effects).toEqual([{ kind: 'stop', graceMs: 60_000 }]);
    expect(after(assign(first), shutdown).effects).toEqual([{ kind: 'stop' }]);
  });

  test('an agent with an unsettled report leaves without another one', () => {
    expect(after(assign(first), ended, leave).effects).toEqual([{ kind: 'leave' }]);
  });

  test('what was cancelled is not reported as interrupted', () => {
    expect(after(assign(first), cancel(first), leave, ended).effects).toEqual([{ kind: 'leave' }]);
    expect(after(assign(first), leave, cancel(first), ended).effects).toEqual([{ kind: 'leave' }]);
  });

  test('an accepted assignment that has not begun is reported as interrupted', () => {
    expect(after(assign(first), assign(second), leave, ended).effects).toEqual([{ kind: 'report-interrupted', assignment: second }, { kind: 'leave' }]);
  });

  test('is done once', () => {
    expect(after(leave, leave, shutdown).effects).toEqual([]);
  });

  test.each([
    { what: 'free for the limit', events: [], nowMs: 5000, effects: ['leave'] },
    { what: 'free for less', events: [], nowMs: 4999, effects: [] },
    { what: 'at work', events: [assign(first)], nowMs: 9_000_000, effects: [] },
    { what: 'waiting for settlement', events: [assign(first), ended], nowMs: 9_000_000, effects: [] },
  ])('by itself: $what', ({ events, nowMs, effects }) => {
    const { state } = after(...events);

    expect(decide(state, { kind: 'tick' }, { nowMs, leaveAfterIdleMs: 5000 }).effects.map(({ kind }) => kind)).toEqual(effects);
    expect(decide(state, { kind: 'tick' }, { nowMs, leaveAfterIdleMs: 0 }).effects).toEqual([]);
  });
});

test('the memory of fences that are over is bounded and keeps the newest', () => {
  const ids = Array.from({ length: 300 }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`);

  const { state } = after(...ids.map((workId) => cancel(anAssignment({ workId }))));

  expect(state.ended).toHaveLength(128);
  expect(state.ended.at(-1)?.workId).toBe(ids.at(-1));
});
