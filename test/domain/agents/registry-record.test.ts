import { describe, expect, test } from '@jest/globals';
import { readRegistryRecord, SILENT_AFTER_MS, toAgent } from '../../../src/domain/agents/registry-record.ts';
import type { RegistryRecord } from '../../../src/domain/agents/registry-record.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const GUID = '7450bb17b13fe31b88fe8c297db12992';

function iso(offsetMs: number): string {
  return new Date(NOW_MS + offsetMs).toISOString();
}

function read(value: unknown, { storedAtMs = NOW_MS, previous }: { storedAtMs?: number; previous?: RegistryRecord } = {}): RegistryRecord | null {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return readRegistryRecord({ key: GUID, value: text, storedAtMs, revision: 1 }, { defaultProjectId: 'home', ...(previous === undefined ? {} : { previous }) });
}

function readAgent(value: unknown) {
  const record = read(value);
  if (record === null) throw new Error('not an entry');
  return record.agent;
}

/** Without which there is no agent. */
const LEAST = { handle: 'kim', status: 'online' };

const WEFT = {
  guid: GUID,
  handle: 'claude-7450',
  agentType: 'copilot-cli',
  hostname: 'laptop',
  projectId: 'team-a',
  username: 'kim',
  capabilities: ['build', 'test'],
  visibility: 'user-only',
  scope: 'team',
  status: 'busy',
  currentTaskCount: 1,
  maxConcurrentTasks: 2,
  spindownAfterIdleMs: 60_000,
  registeredAt: iso(-60_000),
  lastHeartbeat: iso(-5000),
  lastActivity: iso(-9000),
  metadata: { agentType: 'claude-code', boundaries: ['personal'] },
};

describe('an entry', () => {
  test('of Weft is read field by field', () => {
    const { metadata: _metadata, scope: _scope, ...fields } = WEFT;
    expect(readAgent(WEFT)).toEqual({ ...fields, agentType: 'claude-code', boundaries: ['personal'] });
  });

  test('of Warp 1.0 has its own type, defaults for what it lacks, and shows no address with a password', () => {
    const agent = readAgent({
      guid: GUID,
      agentType: 'developer',
      handle: 'dispatcher',
      hostname: 'h',
      projectId: 'c71ae325d740a901',
      natsUrl: 'nats://user:hunter2@example.org',
      capabilities: ['typescript'],
      scope: 'personal',
      status: 'online',
      currentTaskCount: 0,
      registeredAt: iso(-1000),
      lastHeartbeat: iso(-500),
      username: 'kim',
    });

    expect(agent).toEqual({
      guid: GUID,
      agentType: 'developer',
      handle: 'dispatcher',
      hostname: 'h',
      projectId: 'c71ae325d740a901',
      capabilities: ['typescript'],
      boundaries: ['default'],
      visibility: 'user-only',
      status: 'online',
      currentTaskCount: 0,
      maxConcurrentTasks: 1,
      spindownAfterIdleMs: 300_000,
      registeredAt: iso(-1000),
      lastHeartbeat: iso(-500),
      lastActivity: iso(-500),
      username: 'kim',
    });
  });

  test('with the least in it is an agent, the rest filled in', () => {
    expect(readAgent(LEAST)).toEqual({
      guid: GUID,
      handle: 'kim',
      agentType: 'claude-code',
      status: 'online',
      capabilities: [],
      boundaries: ['default'],
      hostname: 'unknown',
      projectId: 'home',
      visibility: 'project-only',
      currentTaskCount: 0,
      maxConcurrentTasks: 1,
      spindownAfterIdleMs: 300_000,
      lastHeartbeat: iso(0),
      lastActivity: iso(0),
      registeredAt: iso(0),
    });
  });

  test.each([
    ['its key is its GUID, and it says so', { ...LEAST, guid: GUID }],
    ['a heartbeat says that it is there', { handle: 'kim', lastHeartbeat: iso(-1000) }],
    ['it says that it has left', { handle: 'kim', status: 'offline' }],
  ])('is one of an agent when %s', (_what, entry) => {
    expect(read(entry)).not.toBeNull();
  });

  test.each([
    ['is empty', {}],
    ['names another GUID than its key', { ...LEAST, guid: 'someone-else' }],
    ['has no GUID but a number', { ...LEAST, guid: 7 }],
    ['has no handle', { ...LEAST, handle: undefined, guid: GUID, capabilities: ['build'] }],
    ['has a handle of nothing', { ...LEAST, handle: ' \u0000 ' }],
    ['has neither status nor heartbeat', { guid: GUID, handle: 'kim', capabilities: ['build'], registeredAt: iso(0) }],
    ['has only nonsense for them', { handle: 'kim', status: 7, lastHeartbeat: 'yesterday' }],
  ])('is none of an agent when it %s', (_what, entry) => {
    expect(read(entry)).toBeNull();
  });

  test.each([
    ['a type that is no text', { agentType: 7, metadata: 'x' }, { agentType: 'claude-code' }],
    ['an empty type', { agentType: ' ' }, { agentType: 'claude-code' }],
    ['capabilities that are no list', { capabilities: 'build' }, { capabilities: [] }],
    ['a list of all sorts', { capabilities: ['a', 7, null, 'a', '', 'b\u0000'] }, { capabilities: ['a', 'b'] }],
    [
      'too long a list',
      { capabilities: Array.from({ length: 99 }, (_, i) => `c${String(i)}`) },
      { capabilities: Array.from({ length: 64 }, (_, i) => `c${String(i)}`) },
    ],
    ['a negative count', { currentTaskCount: -1, maxConcurrentTasks: 1e300 }, { currentTaskCount: 0, maxConcurrentTasks: 1_000_000 }],
    ['half a pair of surrogates', { handle: 'a\ud800b' }, { handle: 'ab' }],
    ['a project that is no subject', { projectId: 'a.>' }, { projectId: 'home' }],
    ['an unknown status', { status: 'idle' }, { status: 'online' }],
    ['a nonsensical time', { registeredAt: 'yesterday', lastActivity: 12 }, { registeredAt: iso(0), lastActivity: iso(0) }],
    ['a time to come', { lastHeartbeat: '2999-01-01T00:00:00Z', registeredAt: '2999-01-01T00:00:00Z' }, { lastHeartbeat: iso(0), registeredAt: iso(0) }],
    ['the older scope "project"', { scope: 'project' }, { visibility: 'project-only' }],
    ['the older scope "shared"', { scope: 'shared' }, { visibility: 'project-only' }],
    ['the scope "public"', { scope: 'public' }, { visibility: 'public' }],
    ['both, of which visibility wins', { scope: 'public', visibility: 'private' }, { visibility: 'private' }],
    ['a scope that is a method of objects', { scope: 'constructor' }, { visibility: 'project-only' }],
    ['boundaries at the top', { boundaries: ['corporate'] }, { boundaries: ['corporate'] }],
  ])('with %s', (_what, entry, expected) => {
    expect(readAgent({ ...LEAST, ...entry })).toMatchObject(expected);
  });

  test.each([
    ['nothing', ''],
    ['half an entry', JSON.stringify(WEFT).slice(0, 60)],
    ['no JSON', 'online'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"agent"'],
    ['a megabyte of garbage', 'x'.repeat(1_048_576)],
    ['a megabyte of JSON', JSON.stringify({ handle: 'x'.repeat(1_048_576) })],
  ])('that is %s is none', (_what, value) => {
    expect(read(value)).toBeNull();
  });

  test.each(['a.b', 'a b', 'a>', '*', 'x'.repeat(65)])('under the key %s is none', (key) => {
    expect(readRegistryRecord({ key, value: JSON.stringify(LEAST), storedAtMs: NOW_MS, revision: 1 }, { defaultProjectId: 'home' })).toBeNull();
  });
});

describe('an agent', () => {
  test.each([
    ['alive a moment ago', -1000, 'busy'],
    ['alive just within the limit', -SILENT_AFTER_MS, 'busy'],
    ['silent for longer', -SILENT_AFTER_MS - 1, 'offline'],
  ])('%s', (_what, heartbeatMs, status) => {
    const record = read({ ...WEFT, lastHeartbeat: iso(heartbeatMs) });

    expect(record && toAgent(record, NOW_MS).status).toBe(status);
  });

  test('that says nothing of when it lived lived when it wrote', () => {
    const record = read(LEAST, { storedAtMs: NOW_MS - SILENT_AFTER_MS - 1 });

    expect(record && toAgent(record, NOW_MS).status).toBe('offline');
  });

  test('whose clock is an hour slow lives, because its heartbeat moves on', () => {
    const first = read({ ...LEAST, lastHeartbeat: iso(-3_660_000) }, { storedAtMs: NOW_MS - 60_000 });
    const second = first && read({ ...LEAST, lastHeartbeat: iso(-3_600_000) }, { previous: first });

    expect(first && toAgent(first, NOW_MS).status).toBe('offline');
    expect(second && toAgent(second, NOW_MS + 100_000)).toMatchObject({ status: 'online', lastHeartbeat: iso(-3_600_000) });
    expect(second && toAgent(second, NOW_MS + SILENT_AFTER_MS + 1).status).toBe('offline');
  });

  test('shows the heartbeat that its entry names, not when the entry came', () => {
    const first = read({ ...LEAST, lastHeartbeat: iso(-90_000) }, { storedAtMs: NOW_MS - 60_000 });
    const second = first && read({ ...LEAST, lastHeartbeat: iso(-30_000) }, { previous: first });

    expect(second && toAgent(second, NOW_MS)).toMatchObject({ lastHeartbeat: iso(-30_000), lastActivity: iso(-30_000) });
  });

  test('whose heartbeat is ever of a time to come lives only while it writes', () => {
    const first = read({ ...LEAST, lastHeartbeat: '2999-01-01T00:00:00Z' }, { storedAtMs: NOW_MS - 60_000 });
    const second = first && read({ ...LEAST, lastHeartbeat: '2999-01-02T00:00:00Z' }, { previous: first });

    expect(second && toAgent(second, NOW_MS)).toMatchObject({ status: 'online', lastHeartbeat: iso(0) });
    expect(second && toAgent(second, NOW_MS + SILENT_AFTER_MS + 1).status).toBe('offline');
  });

  test('whose clock is an hour fast is silent 180 s after it wrote last', () => {
    const record = read({ ...LEAST, lastHeartbeat: iso(3_600_000) });

    expect(record && toAgent(record, NOW_MS + SILENT_AFTER_MS + 1).status).toBe('offline');
  });

  test('whose old entry is written again without a newer heartbeat gets no younger', () => {
    const old = { ...LEAST, lastHeartbeat: iso(-SILENT_AFTER_MS - 1) };
    const first = read(old, { storedAtMs: NOW_MS - 10 });

    const again = first && read(old, { previous: first });

    expect(again && toAgent(again, NOW_MS).status).toBe('offline');
  });
});
