import { randomUUID } from 'node:crypto';
import type { AgentSessionInput } from '../../../src/domain/agents/session-input.ts';
import { WorkLimits } from '../../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../../src/domain/work/work-item.ts';
import { HOST_QUEUE } from '../../support/workflow-harness.ts';

const NOW = '2026-01-01T00:00:00.000Z';

/** An accepted item. */
export function newItem(differs: Partial<WorkItem> = {}): WorkItem {
  const id = randomUUID();
  return {
    id,
    taskId: 'task',
    projectId: 'default',
    capability: 'build',
    description: 'the secret plan',
    boundary: 'personal',
    priority: 7,
    status: 'pending',
    phase: 'accepted',
    offeredBy: 'test',
    submitter: 'somebody',
    offeredAt: NOW,
    updatedAt: NOW,
    attempts: 0,
    attemptsTotal: 0,
    retries: 0,
    fence: 0,
    limits: WorkLimits.parse({}),
    workflowId: `work-${id}`,
    ...differs,
  };
}

export function newSession(differs: Partial<AgentSessionInput> = {}): AgentSessionInput {
  return {
    guid: randomUUID(),
    mode: 'supervise',
    projectId: 'default',
    workId: null,
    targetName: 'here',
    mechanism: 'local',
    agentType: 'claude-code',
    hostQueue: HOST_QUEUE,
    registerTimeoutMs: 5000,
    lostTimeoutMs: 20_000,
    ...differs,
  };
}
