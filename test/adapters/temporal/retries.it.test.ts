import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../../src/adapters/temporal/index.ts';
import { testServers } from '../../support/servers.ts';
import { createWorkflowHarness } from '../../support/workflow-harness.ts';
import type { WorkflowHarness } from '../../support/workflow-harness.ts';
import { newItem } from './work-item.ts';

let harness: WorkflowHarness;
let engine: TemporalEngine;

beforeAll(async () => {
  harness = await createWorkflowHarness();
  const { namespace } = harness.client.options;
  engine = createTemporalEngine({ address: testServers().temporalAddress, namespace, coordinatorIntervalMs: 60_000 });
});

afterAll(async () => {
  await engine.close();
  await harness.close();
});

async function runIdOf(workflowId: string): Promise<string> {
  const { runId } = await harness.client.workflow.getHandle(workflowId).describe();
  return runId;
}

function terminate(workflowId: string): Promise<unknown> {
  return harness.client.workflow.getHandle(workflowId).terminate('by an operator');
}

describe('driving an item again', () => {
  test('starts one new run after the old one has ended, however often it is asked, and none beside a running one', async () => {
    const item = newItem();
    await engine.startWork(item);
    const first = await runIdOf(item.workflowId);

    await engine.startWork({ ...item, retries: 1 });
    expect(await runIdOf(item.workflowId)).toBe(first);
    await terminate(item.workflowId);
    await Promise.all([engine.startWork({ ...item, retries: 1 }), engine.startWork({ ...item, retries: 1 }), engine.startWork(item)]);
    const second = await runIdOf(item.workflowId);
    await engine.startWork(item);

    expect(second).not.toBe(first);
    expect(await engine.describe(item.workflowId)).toEqual({ kind: 'running', runId: second });
    await terminate(item.workflowId);
    expect(await engine.describe(item.workflowId)).toEqual({ kind: 'closed', runId: second, status: 'TERMINATED', retries: 1 });
  });
});
