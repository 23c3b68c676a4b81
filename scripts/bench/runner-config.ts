import type { RunnerConfig } from '../../src/domain/agents/launch.ts';

// As the product gives them to the agents that it starts.
const HEARTBEAT_MS = 7500;
const RESEND_MS = 5000;

/** An agent that takes everything of one capability. */
export function runnerConfig({ guid, capability, leaveAfterIdleMs = 0 }: { guid: string; capability: string; leaveAfterIdleMs?: number }): RunnerConfig {
  return {
    guid,
    projectId: 'default',
    handle: `bench-${guid.slice(0, 8)}`,
    agentType: 'claude-code',
    capabilities: [capability],
    boundaries: ['personal'],
    task: 'serve',
    harness: { command: 'true', args: [] },
    heartbeatMs: HEARTBEAT_MS,
    leaveAfterIdleMs,
    resendMs: RESEND_MS,
  };
}
