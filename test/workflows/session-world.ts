import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { sessionWorkflowId, TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import type { AgentSessionInput } from '../../src/domain/agents/session-input.ts';
import { newSession } from '../adapters/temporal/work-item.ts';
import { eventually } from '../support/eventually.ts';
import { scriptSession } from '../support/scripted-activities.ts';
import type { ScriptedSession, SupervisionActivities } from '../support/scripted-activities.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

/** The workflow of one session. */
export function startSession(client: Client, differs: Partial<AgentSessionInput> = {}): Promise<WorkflowHandle> {
  const input = newSession({ workId: randomUUID(), ...differs });
  return client.workflow.start(WORKFLOW_TYPES.agentSession, {
    workflowId: sessionWorkflowId(input.guid),
    taskQueue: TASK_QUEUES.workflows,
    args: [input],
  });
}

/** A session that ends by itself. */
export async function liveThrough({ client, withWorkers }: WorkflowHarness, script: ScriptedSession, differs: Partial<AgentSessionInput> = {}): Promise<void> {
  await withWorkers(script.activities, async () => {
    const handle = await startSession(client, differs);
    await handle.result();
  });
}

/** What the ledger was told of its end. */
export function ended(script: ScriptedSession): unknown {
  return script.calls.find(({ name }) => name === 'endSession')?.input;
}

/** The token by which it is supervised, as soon as there is one. */
export async function supervised(script: ScriptedSession): Promise<Uint8Array> {
  return eventually(() => {
    expect(script.tokens).toHaveLength(1);
    return script.tokens[0] ?? new Uint8Array();
  });
}

/** Until it has called this activity. */
export function calledOnce(script: ScriptedSession, name: string): Promise<void> {
  return eventually(() => {
    expect(script.names()).toContain(name);
  });
}

/** A session whose first activity ends for a reason that says nothing of the agent, so that it looks at each step by itself. */
export function stepByStep(overrides: Partial<SupervisionActivities>): ScriptedSession {
  const away = async (): Promise<never> => {
    throw ApplicationFailure.retryable('PostgreSQL is away', 'LEDGER_UNAVAILABLE');
  };
  return scriptSession({ startAgent: away, ...overrides });
}
