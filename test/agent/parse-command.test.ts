import { expect, test } from '@jest/globals';
import { COMMAND_NAMES, parseCommand } from '../../agent/parse-command.ts';
import { WORK_A, aRunnerConfig, anAssignment } from './assignment.ts';

const config = aRunnerConfig();
const bytes = (body: unknown): Uint8Array => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

test('knows every command of the contract', () => {
  expect([...COMMAND_NAMES].sort()).toEqual(['answer', 'assign', 'cancel', 'drain', 'settled', 'shutdown', 'status']);
});

test('reads a command with or without its name in the body', () => {
  expect(parseCommand('status', bytes(''), config)).toEqual({ name: 'status' });
  expect(parseCommand('cancel', bytes({ workId: WORK_A, fence: 2 }), config)).toEqual({ name: 'cancel', workId: WORK_A, fence: 2 });
  expect(parseCommand('assign', bytes({ name: 'assign', assignment: anAssignment() }), config)).toEqual({ name: 'assign', assignment: anAssignment() });
});

test.each([
  ['no JSON', 'cancel', '{'],
  ['a list', 'status', '[]'],
  ['null', 'status', 'null'],
  ['a missing fence', 'cancel', { workId: WORK_A }],
  ["another command's name", 'drain', { name: 'status' }],
  ["another agent's assignment", 'assign', { assignment: anAssignment({ guid: 'somebody-else' }) }],
  ["another project's assignment", 'assign', { assignment: anAssignment({ projectId: 'other' }) }],
] as const)('refuses %s', (_what, name, body) => {
  expect(parseCommand(name, bytes(body), config)).toBeNull();
});
