import { randomUUID } from 'node:crypto';
import type { Assignment } from '../../src/domain/agents/commands.ts';
import type { RunnerConfig } from '../../src/domain/agents/launch.ts';

// New ones for each test file: processes are looked for by these ids, and test files may run side by side.
export const WORK_A: string = randomUUID();
export const WORK_B: string = randomUUID();
export const GUID: string = randomUUID();

/** An assignment with everything filled in. */
export function anAssignment(part: Partial<Assignment> = {}): Assignment {
  return {
    workId: WORK_A,
    projectId: 'default',
    guid: GUID,
    fence: 1,
    runToken: 'run-token-secret',
    attempt: 1,
    taskId: 'TASK-1',
    capability: 'general',
    boundary: 'personal',
    description: 'say hello',
    ...part,
  };
}

/** A runner's configuration; `harness` decides what runs. */
export function aRunnerConfig(part: Partial<RunnerConfig> = {}): RunnerConfig {
  return {
    guid: GUID,
    projectId: 'default',
    handle: 'claude-code-test',
    agentType: 'claude-code',
    capabilities: ['general'],
    boundaries: ['personal'],
    task: 'serve',
    harness: { command: 'true' },
    heartbeatMs: 200,
    leaveAfterIdleMs: 0,
    resendMs: 300,
    ...part,
  };
}
