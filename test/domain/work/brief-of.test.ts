import { expect, test } from '@jest/globals';
import { briefOf } from '../../../src/domain/work/brief-of.ts';
import type { Briefed } from '../../../src/domain/work/startable-work.ts';
import type { WorkItem } from '../../../src/domain/work/work-item.ts';

const LIMITS: WorkItem['limits'] = { attemptsMax: 3, attemptTimeoutMs: 1000, idleTimeoutMs: 1000, totalTimeoutMs: 1000, overlapAllowed: false };
const ITEM: Briefed = {
  projectId: 'default',
  phase: 'waiting',
  capability: 'build',
  boundary: 'personal',
  limits: LIMITS,
  attempts: 0,
  retries: 0,
  offeredAt: '2026-01-01T00:00:00.000Z',
};

test('an item that stands in the queue needs not be admitted: its workflow is told what it would be told then', () => {
  expect(briefOf(ITEM)).toEqual({
    projectId: 'default',
    capability: 'build',
    boundary: 'personal',
    limits: LIMITS,
    acceptedAtMs: Date.parse('2026-01-01T00:00:00.000Z'),
    deadlineMs: null,
    attempts: 0,
  });
});

test('its time does not run before it may start', () => {
  expect(briefOf({ ...ITEM, notBefore: '2026-01-02T00:00:00.000Z' })?.acceptedAtMs).toBe(Date.parse('2026-01-02T00:00:00.000Z'));
  expect(briefOf({ ...ITEM, notBefore: '2025-12-31T00:00:00.000Z' })?.acceptedAtMs).toBe(Date.parse('2026-01-01T00:00:00.000Z'));
});

test.each<[string, Partial<Briefed>]>([
  ['is only accepted', { phase: 'accepted' }],
  ['is to be cancelled', { cancelRequestedAt: '2026-01-01T00:00:01.000Z' }],
  ['is driven again', { retries: 1 }],
  ['has ended', { phase: 'cancelled' }],
])('one that %s is looked at by its workflow first', (_, differs) => {
  expect(briefOf({ ...ITEM, ...differs })).toBeNull();
});
