import { expect, test } from '@jest/globals';
import { SILENT_AFTER_MS } from '../../../src/domain/agents/registry-record.ts';
import type { RegistryRecord } from '../../../src/domain/agents/registry-record.ts';
import { eventOf, hasOnlyMoreToDo, isToldAlready, sight, sightGone } from '../../../src/domain/agents/sighting.ts';
import type { Sighting, ToldAgent } from '../../../src/domain/agents/sighting.ts';
import { recordOf } from '../../support/registry-record.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);

function record(entry: object): RegistryRecord {
  return recordOf('a', entry, { storedAtMs: NOW_MS, revision: 7 });
}

const ENTRY = record({ handle: 'kim', hostname: 'h', agentType: 'developer', capabilities: ['build'], metadata: { boundaries: ['personal'] } });
const AGENT = { guid: 'a', agentType: 'developer', handle: 'kim', hostname: 'h' };
const online = sight(ENTRY, NOW_MS);
const { offer } = online;
const OFFLINE: ToldAgent = { guid: 'a', projectId: 'default', status: 'offline', taskCount: 0, offer };
const ONLINE: ToldAgent = { guid: 'a', projectId: 'default', status: 'online', taskCount: 0, offer };
const BUSY: ToldAgent = { guid: 'a', projectId: 'default', status: 'busy', taskCount: 2, offer };

const busy = sight(record({ ...ENTRY.agent, status: 'busy', currentTaskCount: 2 }), NOW_MS);
const left = sight(record({ ...ENTRY.agent, status: 'offline' }), NOW_MS);
const silent = sight(ENTRY, NOW_MS + SILENT_AFTER_MS + 1);

test.each<[string, { told: ToldAgent; seen: Sighting }, unknown]>([
  [
    'comes',
    { told: OFFLINE, seen: online },
    { type: 'agent:registered', data: { agent: AGENT, capabilities: ['build'], boundaries: ['personal'], status: 'online', currentTaskCount: 0 } },
  ],
  [
    'begins to work',
    { told: ONLINE, seen: busy },
    { type: 'agent:updated', data: { agent: AGENT, previousStatus: 'online', newStatus: 'busy', currentTaskCount: 2 } },
  ],
  [
    'has fewer tasks',
    { told: { ...BUSY, taskCount: 3 }, seen: busy },
    { type: 'agent:updated', data: { agent: AGENT, previousStatus: 'busy', newStatus: 'busy', currentTaskCount: 2 } },
  ],
  ['leaves', { told: BUSY, seen: left }, { type: 'agent:shutdown', data: { agent: AGENT, reason: 'manual', graceful: true } }],
  ['is removed', { told: BUSY, seen: sightGone(ENTRY, 'removed') }, { type: 'agent:shutdown', data: { agent: AGENT, reason: 'manual', graceful: true } }],
  ['falls silent', { told: BUSY, seen: silent }, { type: 'agent:shutdown', data: { agent: AGENT, reason: 'error', graceful: false } }],
  [
    'learns something',
    { told: { ...ONLINE, offer: { ...offer, capabilities: [] } }, seen: online },
    { type: 'agent:updated', data: { agent: AGENT, previousStatus: 'online', newStatus: 'online', currentTaskCount: 0 } },
  ],
  [
    'goes to another project',
    { told: { ...ONLINE, projectId: 'other' }, seen: online },
    { type: 'agent:updated', data: { agent: AGENT, previousStatus: 'online', newStatus: 'online', currentTaskCount: 0 } },
  ],
  ['only beats', { told: ONLINE, seen: online }, null],
  ['was never there', { told: OFFLINE, seen: left }, null],
])('an agent that %s', (_what, { told, seen }, expected) => {
  expect(eventOf(told, seen)).toEqual(expected);
  expect(isToldAlready(told, seen)).toBe(expected === null);
});

test('who an agent is for counts only of one that is for its user alone', () => {
  const offerOf = (entry: object) => sight(record(entry), NOW_MS).offer;

  expect(offerOf({ visibility: 'user-only', username: 'kim' })).toMatchObject({ visibility: 'user-only', username: 'kim' });
  expect(offerOf({ visibility: 'public', username: 'kim' })).not.toHaveProperty('username');
  const hers = sight(record({ visibility: 'user-only', username: 'lee' }), NOW_MS);
  expect(isToldAlready({ ...ONLINE, offer: hers.offer }, hers)).toBe(true);
  expect(isToldAlready({ ...ONLINE, offer: offerOf({ visibility: 'user-only', username: 'kim' }) }, hers)).toBe(false);
});

test('an agent that leaves when it was asked to, having nothing to do, leaves for that; one that falls silent does not', () => {
  const reasonOf = (seen: Sighting, asked: { askedAsIdle: boolean }) => eventOf(ONLINE, seen, asked)?.data['reason'];

  expect(reasonOf(left, { askedAsIdle: true })).toBe('idle-timeout');
  expect(reasonOf(sightGone(ENTRY, 'removed'), { askedAsIdle: true })).toBe('idle-timeout');
  expect(reasonOf(silent, { askedAsIdle: true })).toBe('error');
  expect(reasonOf(left, { askedAsIdle: false })).toBe('manual');
});

test.each<[string, { told: ToldAgent | undefined; seen: Sighting; expected: boolean }]>([
  ['begins to work', { told: ONLINE, seen: busy, expected: true }],
  ['has one more', { told: { ...BUSY, taskCount: 1 }, seen: busy, expected: true }],
  ['has one less', { told: { ...BUSY, taskCount: 3 }, seen: busy, expected: false }],
  ['is free again', { told: BUSY, seen: online, expected: false }],
  ['comes, and is at work', { told: undefined, seen: busy, expected: false }],
  ['comes back, and is at work', { told: OFFLINE, seen: busy, expected: false }],
  ['leaves', { told: BUSY, seen: left, expected: false }],
  ['offers something else', { told: { ...ONLINE, offer: { ...offer, capabilities: [] } }, seen: busy, expected: false }],
])('an agent that %s may be what somebody waits for, unless it only has more to do', (_, { told, seen, expected }) => {
  expect(hasOnlyMoreToDo(told, seen)).toBe(expected);
});
