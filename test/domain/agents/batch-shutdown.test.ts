import { describe, expect, test } from '@jest/globals';
import type { Agent } from '../../../src/domain/agents/agent.ts';
import { BatchShutdown, chooseForShutdown } from '../../../src/domain/agents/batch-shutdown.ts';
import { recordOf } from '../../support/registry-record.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const AGO = (ms: number): string => new Date(NOW_MS - ms).toISOString();

function anAgent(guid: string, entry: object): Agent {
  return recordOf(guid, entry, { storedAtMs: NOW_MS }).agent;
}

const AGENTS = [
  anAgent('busy', { status: 'busy', currentTaskCount: 1, capabilities: ['build'], metadata: { boundaries: ['personal'] }, lastActivity: AGO(600_000) }),
  anAgent('elsewhere', { projectId: 'other', agentType: 'copilot-cli', lastActivity: AGO(1000) }),
  anAgent('idle', { capabilities: ['build'], lastActivity: AGO(600_000) }),
  anAgent('left', { status: 'offline', capabilities: ['build'], lastActivity: AGO(600_000) }),
  anAgent('working', { status: 'online', currentTaskCount: 2, lastActivity: AGO(600_000) }),
];

function choose(body: object) {
  return chooseForShutdown(AGENTS, BatchShutdown.parse(body), NOW_MS).map((choice) =>
    'agent' in choice ? choice.guid : `${choice.guid}: ${choice.error} (${choice.code})`,
  );
}

describe('a batch means', () => {
  test.each([
    ['everybody who is there, by an empty filter', {}, ['busy', 'elsewhere', 'idle', 'working']],
    ['those that are online', { status: 'online' }, ['elsewhere', 'idle', 'working']],
    ['those that are idle', { status: 'idle' }, ['elsewhere', 'idle']],
    ['those that are offline', { status: 'offline' }, ['left']],
    ['those that have been idle for long enough', { idleTimeMs: 300_000 }, ['idle']],
    ['those of a type', { agentType: 'copilot-cli' }, ['elsewhere']],
    ['those of a boundary', { boundary: 'personal' }, ['busy']],
    ['those with a capability', { capability: 'build' }, ['busy', 'idle']],
    ['nobody', { capability: 'fly' }, []],
  ])('%s', (_who, filter, expected) => {
    expect(choose({ filter })).toEqual(expected);
  });

  test('those that are named, in their order, each once', () => {
    expect(choose({ agentGuids: ['idle', 'nobody', 'busy', 'idle', 'left'] })).toEqual(['idle', 'nobody: Agent not found (NOT_FOUND)', 'busy', 'left']);
    expect(choose({ agentGuids: [] })).toEqual([]);
  });

  test('of those that are named the ones for which the filter and the project hold', () => {
    expect(choose({ agentGuids: ['idle', 'busy'], filter: { status: 'busy' } })).toEqual(['idle: Agent not found (NOT_FOUND)', 'busy']);
    expect(choose({ agentGuids: ['idle', 'elsewhere'], projectId: 'other' })).toEqual(['idle: Agent not found (NOT_FOUND)', 'elsewhere']);
  });

  test('nobody who is at work, unless there is time for an orderly end', () => {
    expect(choose({ agentGuids: ['idle', 'busy', 'working'], graceful: false })).toEqual([
      'idle',
      'busy: Agent currently processing work (CONFLICT)',
      'working: Agent currently processing work (CONFLICT)',
    ]);
  });
});

test.each([
  {},
  { filter: { status: 'asleep' } },
  { filter: { idleTimeMs: -1 } },
  { agentGuids: Array.from({ length: 1001 }, String) },
  { agentGuids: [''], reason: 'fun' },
])('the batch %j is refused', (body) => {
  expect(BatchShutdown.safeParse(body).success).toBe(false);
});
