import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { TemporalEngineOptions } from '../../../src/adapters/temporal/index.ts';
import { COORDINATOR_ID } from '../../../src/contract/names.ts';
import { testServers } from '../../support/servers.ts';
import { createWorkflowHarness } from '../../support/workflow-harness.ts';
import type { WorkflowHarness } from '../../support/workflow-harness.ts';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterAll(async () => {
  await harness.close();
});

function options(): TemporalEngineOptions {
  return { address: testServers().temporalAddress, namespace: harness.client.options.namespace, coordinatorIntervalMs: 60_000 };
}

describe('waking the coordinator', () => {
  test('starts its workflow when there is none, and makes calls that come together one', async () => {
    const engine = createTemporalEngine(options());
    await Promise.all(Array.from({ length: 50 }, () => engine.wakeCoordinator()));
    await engine.close();
    const { events } = await harness.client.workflow.getHandle(COORDINATOR_ID).fetchHistory();

    const wakes = events?.filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'wake') ?? [];
    expect(wakes).toHaveLength(2);
  });

  test('goes past it when a worker hears, and by it when none does', async () => {
    await harness.client.workflow.getHandle(COORDINATOR_ID).terminate();
    let isHeard = true;
    const waking = createTemporalEngine({ ...options(), askForRound: () => Promise.resolve(isHeard) });
    const status = async () => (await harness.client.workflow.getHandle(COORDINATOR_ID).describe()).status.name;

    await waking.wakeCoordinator();
    const afterHeard = await status();
    isHeard = false;
    await waking.wakeCoordinator();
    const afterUnheard = await status();
    await waking.close();

    expect([afterHeard, afterUnheard]).toEqual(['TERMINATED', 'RUNNING']);
  });
});
