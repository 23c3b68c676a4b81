import { expect, test } from '@jest/globals';
import type { AgentVisibility } from '../../../src/domain/agents/agent.ts';
import { reaches, reachOf } from '../../../src/domain/agents/reach.ts';
import type { Reach } from '../../../src/domain/agents/reach.ts';

test.each<readonly [visibility: AgentVisibility, username: string | undefined, user: string | null, reach: Reach]>([
  ['private', 'kim', 'kim', 'nobody'],
  ['project-only', 'lee', 'kim', 'project'],
  ['user-only', 'kim', 'kim', 'everyone'],
  ['user-only', 'lee', 'kim', 'nobody'],
  ['user-only', 'Kim', 'kim', 'nobody'],
  ['user-only', undefined, 'kim', 'nobody'],
  ['user-only', 'kim', null, 'nobody'],
  ['public', undefined, null, 'everyone'],
])('an agent of visibility %s and user %s, asked by a Weft of user %s, does the work of: %s', (...row) => {
  const [visibility, username, user, reach] = row;
  expect(reachOf({ visibility, ...(username === undefined ? {} : { username }) }, user)).toBe(reach);
});

test('one of a project does the work of that project, one of everybody that of another too', () => {
  expect(reaches({ visibility: 'project-only', projectId: 'one' }, 'one', null)).toBe(true);
  expect(reaches({ visibility: 'project-only', projectId: 'one' }, 'two', null)).toBe(false);
  expect(reaches({ visibility: 'public', projectId: 'one' }, 'two', null)).toBe(true);
  expect(reaches({ visibility: 'private', projectId: 'one' }, 'one', null)).toBe(false);
});
