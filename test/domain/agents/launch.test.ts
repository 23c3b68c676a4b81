import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RunnerConfig, runnerConfigOf } from '../../../src/domain/agents/launch.ts';
import type { Session } from '../../../src/domain/agents/session.ts';

const session: Session = {
  guid: '5f4d1f3a-7d43-4a5b-9a3c-0d7f5d3b2c11',
  projectId: 'default',
  targetId: '0d7f5d3b-7d43-4a5b-9a3c-5f4d1f3a2c11',
  targetName: 'laptop',
  mechanism: 'local',
  hostId: 'host-1',
  agentType: 'claude-code',
  capabilities: ['build'],
  boundaries: ['personal'],
  task: 'serve',
  state: 'starting',
  workId: null,
  fence: 3,
  handle: null,
  idleTimeoutMs: 60_000,
  stopGraceMs: null,
};

describe('runnerConfigOf', () => {
  const config = { mechanism: 'local', local: { command: 'npm', args: ['test'], env: { CI: '1' }, hostId: 'host-1' } } as const;

  test('tells the runner who it is and what to run, and no more of the target', () => {
    expect(runnerConfigOf(session, { ...config, local: { ...config.local, args: [...config.local.args] } }, 180_000)).toEqual({
      guid: session.guid,
      projectId: 'default',
      handle: 'claude-code-5f4d1f3a',
      agentType: 'claude-code',
      capabilities: ['build'],
      boundaries: ['personal'],
      task: 'serve',
      harness: { command: 'npm', args: ['test'], env: { CI: '1' } },
      heartbeatMs: 10_000,
      leaveAfterIdleMs: 120_000,
      resendMs: 5000,
    });
  });

  test('never lets an agent without an idle limit leave by itself', () => {
    expect(runnerConfigOf({ ...session, idleTimeoutMs: 0 }, { mechanism: 'local', local: { command: 'x' } }, 180_000).leaveAfterIdleMs).toBe(0);
  });

  test('lets three heartbeats be missed before the agent counts as lost, as far as 100 ms between two allow', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 10_000_000 }), (lostTimeoutMs) => {
        const runner = runnerConfigOf(session, { mechanism: 'local', local: { command: 'x' } }, lostTimeoutMs);

        expect(RunnerConfig.parse(runner)).toEqual(runner);
        expect(runner.heartbeatMs * 4).toBeLessThanOrEqual(lostTimeoutMs);
      }),
    );
  });
});
