import { expect, test } from '@jest/globals';
import { toIdleAgent } from '../../../src/domain/agents/idle-agent.ts';
import { SILENT_AFTER_MS } from '../../../src/domain/agents/registry-record.ts';
import { recordOf } from '../../support/registry-record.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const LIMIT_MS = 60_000;
const ago = (ms: number): string => new Date(NOW_MS - ms).toISOString();

/** As one that was heard just now, whatever its clock shows, unless it is silent. */
function look(entry: object, { silent = false } = {}) {
  const record = recordOf('a', { spindownAfterIdleMs: LIMIT_MS, lastHeartbeat: ago(0), ...entry }, { storedAtMs: NOW_MS });
  return toIdleAgent({ ...record, aliveAtMs: silent ? NOW_MS - SILENT_AFTER_MS - 1 : NOW_MS }, NOW_MS);
}

test.each<[string, object, number | null]>([
  ['says nothing of what it did last', {}, null],
  ['was active just so long ago', { lastActivity: ago(LIMIT_MS) }, NOW_MS - LIMIT_MS],
  ['was active long ago by its own clock, which is an hour slow', { lastHeartbeat: ago(3_600_000), lastActivity: ago(3_670_000) }, NOW_MS - 70_000],
])('an agent that has nothing to do and %s may be idle', (_what, entry, activeAtMs) => {
  expect(look(entry)).toEqual({ guid: 'a', idleLimitMs: LIMIT_MS, activeAtMs });
});

test.each<[string, object]>([
  ['names no limit', { spindownAfterIdleMs: undefined }],
  ['may be idle for ever', { spindownAfterIdleMs: 0 }],
  ['names a limit that is none', { spindownAfterIdleMs: '60000' }],
  ['calls itself busy', { status: 'busy' }],
  ['has a task', { currentTaskCount: 1 }],
  ['has left', { status: 'offline' }],
  ['was active since', { lastActivity: ago(LIMIT_MS - 1) }],
  ['is active now, by a clock that is an hour slow', { lastHeartbeat: ago(3_600_000), lastActivity: ago(3_600_000) }],
  ['was active at a time to come', { lastActivity: '2999-01-01T00:00:00Z' }],
])('an agent that %s is not asked to leave', (_what, entry) => {
  expect(look(entry)).toBeNull();
});

test('an agent that is silent is not asked to leave', () => {
  expect(look({})).not.toBeNull();
  expect(look({}, { silent: true })).toBeNull();
});
