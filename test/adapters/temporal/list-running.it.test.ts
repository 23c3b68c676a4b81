import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../../src/adapters/temporal/index.ts';
import { workWorkflowId } from '../../../src/contract/names.ts';
import { eventually } from '../../support/eventually.ts';
import { testServers } from '../../support/servers.ts';
import { createWorkflowHarness } from '../../support/workflow-harness.ts';
import type { WorkflowHarness } from '../../support/workflow-harness.ts';
import { newItem } from './work-item.ts';

let harness: WorkflowHarness;
let engine: TemporalEngine;

beforeAll(async () => {
  harness = await createWorkflowHarness();
  engine = createTemporalEngine({ address: testServers().temporalAddress, namespace: harness.client.options.namespace, coordinatorIntervalMs: 60_000 });
});
afterAll(async () => {
  await engine.close();
  await harness.close();
});

test('the items that run are listed with their runs, and one that has ended no longer', async () => {
  const [first, second] = [newItem(), newItem()];
  await engine.startWork(first);
  await engine.startWork(second);
  const described = await engine.describe(workWorkflowId(first.id));
  let beats = 0;
  const list = (): ReturnType<TemporalEngine['listRunningWork']> => engine.listRunningWork(() => (beats += 1));

  await eventually(async () => {
    const listed = await list();
    expect(described).toMatchObject({ runId: listed.get(workWorkflowId(first.id)) });
    expect(listed.has(workWorkflowId(second.id))).toBe(true);
  });
  await harness.client.workflow.getHandle(workWorkflowId(second.id)).terminate();
  await eventually(async () => {
    expect((await list()).has(workWorkflowId(second.id))).toBe(false);
  });

  expect(beats).toBeGreaterThan(1);
  await harness.client.workflow.getHandle(workWorkflowId(first.id)).terminate();
});
