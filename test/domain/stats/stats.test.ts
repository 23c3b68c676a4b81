import { describe, expect, test } from '@jest/globals';
import type { Agent } from '../../../src/domain/agents/agent.ts';
import { Stats, toStats } from '../../../src/domain/stats/stats.ts';
import type { ProjectCounts } from '../../../src/domain/stats/stats.ts';
import { recordOf } from '../../support/registry-record.ts';

const AT = '2026-06-01T12:00:00.000Z';

function anAgent(guid: string, entry: object): Agent {
  return recordOf(guid, entry, { storedAtMs: Date.parse(AT) }).agent;
}

function counts(projectId: string, work: ProjectCounts['work'] = {}): ProjectCounts {
  return { projectId, work, targets: { available: 1, inUse: 2, disabled: 3, error: 4 }, lastActivity: AT };
}

describe('the statistics', () => {
  test('of nothing are zeros in every shape', () => {
    expect(Stats.parse(toStats([], []))).toMatchObject({
      agents: { total: 0, byType: {}, byStatus: { online: 0, busy: 0, offline: 0 } },
      work: { pending: 0, active: 0, completed: 0, failed: 0 },
      targets: { total: 0, available: 0, inUse: 0, disabled: 0 },
      totals: { agents: 0, pendingWork: 0, activeWork: 0, completedWork: 0, failedWork: 0, targets: 0 },
      totalProjects: 0,
      totalAgents: 0,
      totalWork: 0,
      byProject: {},
      pending: 0,
      total: 0,
    });
  });

  test('say the same in all four shapes', () => {
    const stats = toStats(
      [counts('a', { pending: 1, assigned: 2, 'in-progress': 3 }), counts('b', { completed: 4, failed: 5, cancelled: 6 })],
      [
        anAgent('1', { projectId: 'a', status: 'busy' }),
        anAgent('2', { projectId: 'b', agentType: 'developer' }),
        anAgent('3', { status: 'offline', projectId: 'a' }),
      ],
    );

    const work = { pending: 1, active: 5, completed: 4, failed: 11 };
    expect(stats).toMatchObject({ ...work, total: 21, work, totalWork: 21, totalAgents: 2, totalProjects: 2 });
    expect(stats.agents).toEqual({ total: 2, byType: { 'claude-code': 1, developer: 1 }, byStatus: { online: 1, busy: 1, offline: 1 } });
    expect(stats.targets).toEqual({ total: 20, available: 2, inUse: 4, disabled: 6 });
    expect(stats.totals).toEqual({ agents: 2, pendingWork: 1, activeWork: 5, completedWork: 4, failedWork: 11, targets: 20 });
    expect(stats.byProject).toEqual({
      a: { agents: 1, pendingWork: 1, activeWork: 5, targets: 10, lastActivity: AT },
      b: { agents: 1, pendingWork: 0, activeWork: 0, targets: 10, lastActivity: AT },
    });
  });

  test('know the project of an agent that has nothing else, as long as the agent is there', () => {
    const agents = [anAgent('1', { projectId: 'alone' }), anAgent('2', { projectId: 'left', status: 'offline' })];

    expect(toStats([], agents).byProject).toEqual({ alone: { agents: 1, pendingWork: 0, activeWork: 0, targets: 0, lastActivity: AT } });
  });
});
