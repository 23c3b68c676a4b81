import { expect, test } from '@jest/globals';
import { allowedEnvironment, harnessEnvironment, stdinDocument } from '../../agent/harness-environment.ts';
import { GUID, WORK_A, aRunnerConfig, anAssignment } from './assignment.ts';

test('lets through what a program needs and nothing else of the runner', () => {
  const own = { PATH: '/bin', HOME: '/home/a', LC_ALL: 'C', TZ: 'UTC', NATS_PASS: 'p', WEFT_RUNNER_CONFIG: '{}', AWS_SECRET_ACCESS_KEY: 's', LANG: undefined };

  expect(allowedEnvironment(own)).toEqual({ PATH: '/bin', HOME: '/home/a', LC_ALL: 'C', TZ: 'UTC' });
});

test('gives the item as data, marks the process, and never the run token', () => {
  const assignment = anAssignment({ contextData: { issue: 7 }, description: '$(rm -rf /); say "hi"' });

  const env = harnessEnvironment(aRunnerConfig({ harness: { command: 'x', env: { MODEL: 'small' } } }), assignment, {
    allowed: { PATH: '/bin' },
    files: {},
    answers: '/answers',
  });

  expect(env).toEqual({
    PATH: '/bin',
    MODEL: 'small',
    WEFT_AGENT_GUID: GUID,
    WEFT_WORK_ID: WORK_A,
    WEFT_PROJECT_ID: 'default',
    WEFT_ATTEMPT: '1',
    WEFT_TASK_ID: 'TASK-1',
    WEFT_CAPABILITY: 'general',
    WEFT_BOUNDARY: 'personal',
    WEFT_ANSWERS: '/answers',
    WEFT_DESCRIPTION: '$(rm -rf /); say "hi"',
    WEFT_CONTEXT: '{"issue":7}',
  });
});

test("the target's own variables win over the runner's, and never over the marker", () => {
  const harness = { command: 'x', env: { PATH: '/opt/bin', WEFT_AGENT_GUID: 'somebody-else', WEFT_WORK_ID: 'other' } };

  const env = harnessEnvironment(aRunnerConfig({ harness }), anAssignment(), { allowed: { PATH: '/bin' }, files: {}, answers: '/answers' });

  expect(env).toMatchObject({ PATH: '/opt/bin', WEFT_AGENT_GUID: GUID, WEFT_WORK_ID: WORK_A });
});

test('names files for texts that are too long for a variable', () => {
  const env = harnessEnvironment(aRunnerConfig(), anAssignment(), { allowed: {}, files: { description: '/d.txt', context: '/c.json' }, answers: '/answers' });

  expect(env).toMatchObject({ WEFT_DESCRIPTION_FILE: '/d.txt', WEFT_CONTEXT_FILE: '/c.json' });
  expect(env).not.toHaveProperty('WEFT_DESCRIPTION');
  expect(env).not.toHaveProperty('WEFT_CONTEXT');
});

test('replaces NUL in variables, where it would end the text, and keeps it on stdin', () => {
  const assignment = anAssignment({ description: 'a\0b' });

  const env = harnessEnvironment(aRunnerConfig(), assignment, { allowed: {}, files: {}, answers: '/answers' });

  expect(env['WEFT_DESCRIPTION']).toBe('a\ufffdb');
  expect(JSON.parse(stdinDocument(assignment))).toEqual({
    workId: WORK_A,
    taskId: 'TASK-1',
    description: 'a\0b',
    capability: 'general',
    boundary: 'personal',
    attempt: 1,
    contextData: {},
  });
});
