import { expect, test } from '@jest/globals';
import { HOST_BEAT_MS, HOST_SILENT_MS, hostStateOf, judgeDeclaration, sayHostGone } from '../../../src/domain/hosts/host.ts';

test.each([
  [{ open: true, heard: true, declaredGone: false }, 'up', 'refuse'],
  // It is being stopped, or was stopped this moment without having said so.
  [{ open: false, heard: true, declaredGone: false }, 'up', 'refuse'],
  // It is back, and stops what it had left before it is opened again.
  [{ open: false, heard: true, declaredGone: true }, 'up', 'refuse'],
  [{ open: true, heard: false, declaredGone: false }, 'silent', 'declare'],
  [{ open: false, heard: false, declaredGone: false }, 'stopped', 'declare'],
  [{ open: false, heard: false, declaredGone: true }, 'gone', 'declared-already'],
] as const)('a host of which is known %j is %s; to declare it gone: %s', (facts, state, verdict) => {
  expect(hostStateOf(facts)).toBe(state);
  expect(judgeDeclaration(facts)).toBe(verdict);
});

test('several beats may be lost before a host counts as silent', () => {
  expect(HOST_SILENT_MS / HOST_BEAT_MS).toBeGreaterThanOrEqual(5);
});

test('an agent that ended with its host says so, with the reason that was given', () => {
  expect(sayHostGone({ hostId: 'laptop', reason: null })).toBe('its host "laptop" was declared gone');
  expect(sayHostGone({ hostId: 'laptop', reason: 'stolen' })).toBe('its host "laptop" was declared gone: stolen');
});
