import { describe, expect, test } from '@jest/globals';
import { isSettled, WorkLimits, WorkPhase, WorkSubmit } from '../../../src/domain/work/work-item.ts';
import { toWorkStatus } from '../../../src/domain/work/to-work-status.ts';
import type { WorkStatus } from '../../../src/domain/work/work-item.ts';

const body = { boundary: 'personal', capability: 'build', description: 'Build it' };

function problemsOf(input: unknown): readonly string[] {
  const parsed = WorkSubmit.safeParse(input);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

describe('WorkSubmit', () => {
  test('fills in every default, so that every item is bounded', () => {
    expect(WorkSubmit.parse(body)).toEqual({
      ...body,
      priority: 5,
      onDependencyFailure: 'fail',
      limits: { attemptsMax: 3, attemptTimeoutMs: 21_600_000, idleTimeoutMs: 300_000, totalTimeoutMs: 604_800_000, overlapAllowed: false },
    });
  });

  test('fills in the limits that are not given beside one that is', () => {
    expect(WorkSubmit.parse({ ...body, limits: { attemptsMax: 1 } }).limits).toEqual({ ...WorkLimits.parse({}), attemptsMax: 1 });
  });

  test('takes classification, the older name of boundary', () => {
    const { boundary, ...rest } = body;

    expect(WorkSubmit.parse({ ...rest, classification: boundary })).toMatchObject({ classification: 'personal' });
  });

  test('trims the texts that are compared', () => {
    expect(WorkSubmit.parse({ ...body, boundary: ' personal ', capability: '\tbuild ' })).toMatchObject({ boundary: 'personal', capability: 'build' });
  });

  test('ignores fields that it does not know', () => {
    expect(WorkSubmit.parse({ ...body, offeredBy: 'me', status: 'completed' })).not.toHaveProperty('status');
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no boundary under either name', { boundary: undefined }, 'boundary'],
    ['a blank boundary', { boundary: '  ' }, 'boundary'],
    ['a long boundary', { boundary: 'b'.repeat(65) }, 'boundary'],
    ['a capability with a control character', { capability: 'bu\nild' }, 'capability'],
    ['a blank description', { description: ' \n ' }, 'description'],
    ['a long description', { description: 'd'.repeat(65_537) }, 'description'],
    ['a description that is no text', { description: 7 }, 'description'],
    ['a priority of 0', { priority: 0 }, 'priority'],
    ['a priority of 11', { priority: 11 }, 'priority'],
    ['half a priority', { priority: 1.5 }, 'priority'],
    ['an agent type that does not exist', { requiredAgentType: 'robot' }, 'requiredAgentType'],
    ['a deadline that is no date', { deadline: 'tomorrow' }, 'deadline'],
    ['a deadline on a day that does not exist', { deadline: '2026-02-30T00:00:00Z' }, 'deadline'],
    ['a deadline without a zone', { deadline: '2026-02-03T00:00:00' }, 'deadline'],
    ['a list as context', { contextData: [] }, 'contextData'],
    ['a project with a dot', { projectId: 'a.b' }, 'projectId'],
    ['no attempts at all', { limits: { attemptsMax: 0 } }, 'limits.attemptsMax'],
    ['too many attempts', { limits: { attemptsMax: 21 } }, 'limits.attemptsMax'],
    ['an endless attempt', { limits: { attemptTimeoutMs: Number.MAX_SAFE_INTEGER } }, 'limits.attemptTimeoutMs'],
    ['an idle limit below a second', { limits: { idleTimeoutMs: 999 } }, 'limits.idleTimeoutMs'],
  ])('refuses %s', (_, differs, path) => {
    expect(problemsOf({ ...body, ...differs })).toContain(path);
  });

  test('names every problem at once', () => {
    expect([...problemsOf({ description: '', priority: 99 })].sort()).toEqual(['boundary', 'capability', 'description', 'priority']);
  });

  test.each([null, 'text', [], 7])('refuses a body that is %j', (input) => {
    expect(WorkSubmit.safeParse(input).success).toBe(false);
  });
});

describe('phases', () => {
  test.each<[WorkPhase, WorkStatus, boolean]>([
    ['accepted', 'pending', false],
    ['waiting', 'pending', false],
    ['starting', 'pending', false],
    ['leased', 'assigned', false],
    ['working', 'in-progress', false],
    ['completed', 'completed', true],
    ['dead-lettered', 'failed', true],
    ['cancelled', 'cancelled', true],
  ])('%s is %s to the outside; settled: %s', (phase, status, settled) => {
    expect(toWorkStatus(phase)).toBe(status);
    expect(isSettled(phase)).toBe(settled);
  });

  test('are all in the table above', () => {
    expect(WorkPhase.options).toHaveLength(8);
  });
});
