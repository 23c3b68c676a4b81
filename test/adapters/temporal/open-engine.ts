import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../../src/adapters/temporal/index.ts';
import { testServers } from '../../support/servers.ts';
import { createWorkflowHarness } from '../../support/workflow-harness.ts';
import type { WorkflowHarness } from '../../support/workflow-harness.ts';

/** An engine in a namespace of its own, and what an operator would do there. */
export interface OpenEngine {
  readonly harness: WorkflowHarness;
  readonly engine: TemporalEngine;
  readonly runIdOf: (workflowId: string) => Promise<string>;
  readonly terminate: (workflowId: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export async function openEngine(): Promise<OpenEngine> {
  const harness = await createWorkflowHarness();
  const { workflow, options } = harness.client;
  const engine = createTemporalEngine({ address: testServers().temporalAddress, namespace: options.namespace, coordinatorIntervalMs: 60_000 });
  return {
    harness,
    engine,
    runIdOf: async (workflowId) => (await workflow.getHandle(workflowId).describe()).runId,
    terminate: (workflowId) => workflow.getHandle(workflowId).terminate('by an operator'),
    close: async () => {
      await engine.close();
      await harness.close();
    },
  };
}
