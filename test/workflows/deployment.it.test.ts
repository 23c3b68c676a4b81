import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { DeploymentActivities } from '../../src/contract/activities.ts';
import { wakeSignal } from '../../src/contract/messages.ts';
import { deploymentWorkflowId, TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import { eventually } from '../support/eventually.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

type Look = Awaited<ReturnType<DeploymentActivities['keepDeployment']>>;

let harness: WorkflowHarness;
let running: WorkflowHandle[] = [];

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterEach(async () => {
  // Some have ended by themselves.
  await Promise.allSettled(running.map((handle) => handle.terminate()));
  running = [];
});

afterAll(async () => {
  await harness.close();
});

/** Looks that come out like this, in order; the last one stands. */
function scriptLooks(...looks: readonly Partial<Look>[]): { readonly activities: DeploymentActivities; readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    activities: {
      keepDeployment: async ({ deploymentId }) => {
        const look = looks[Math.min(seen.length, looks.length - 1)];
        seen.push(deploymentId);
        return { removed: false, summary: 'available: 1 of 1 replicas ready.', lookAgainInMs: null, ...look };
      },
    },
  };
}

async function begin(deploymentId: string, workflowId = deploymentWorkflowId({ projectId: 'default', name: randomUUID() })): Promise<WorkflowHandle> {
  const input = { workflowId, taskQueue: TASK_QUEUES.workflows, args: [{ deploymentId }] };
  const handle = await harness.client.workflow.start(WORKFLOW_TYPES.deployment, input);
  running.push(handle);
  return handle;
}

function looks(script: { readonly seen: readonly string[] }, count: number): Promise<void> {
  return eventually(() => {
    expect(script.seen.length).toBeGreaterThanOrEqual(count);
  });
}

describe('a deployment', () => {
  test('looks when it starts and when it is woken, and else waits without a timer', async () => {
    const id = randomUUID();
    const script = scriptLooks({});

    await harness.withWorkers(script.activities, async () => {
      const handle = await begin(id);
      await looks(script, 1);
      await handle.signal(wakeSignal);
      await looks(script, 2);
      const { events } = await handle.fetchHistory();
      expect(events?.filter(({ timerStartedEventAttributes: started }) => Boolean(started))).toEqual([]);
    });

    expect(script.seen).toEqual([id, id]);
  });

  test('looks again when the plan says so, and ends when it is removed', async () => {
    const script = scriptLooks({ lookAgainInMs: 1 }, { lookAgainInMs: 1 }, { removed: true });

    await harness.withWorkers(script.activities, async () => {
      await (await begin(randomUUID())).result();
    });

    expect(script.seen).toHaveLength(3);
  });

  test('looks again after a wake that came while it looked', async () => {
    const script = scriptLooks({}, { removed: true });
    let wake: () => Promise<void> = async () => undefined;
    const activities: DeploymentActivities = {
      keepDeployment: async (input) => {
        if (script.seen.length === 0) await wake();
        return script.activities.keepDeployment(input);
      },
    };

    await harness.withWorkers(activities, async () => {
      const workflowId = randomUUID();
      wake = () => harness.client.workflow.getHandle(workflowId).signal(wakeSignal);
      await (await begin(randomUUID(), workflowId)).result();
    });

    expect(script.seen).toHaveLength(2);
  });

  test.each(['terminate', 'cancel'] as const)('goes on in a new run after an operator’s %s, because it holds nothing itself', async (action) => {
    const id = randomUUID();
    const script = scriptLooks({});

    await harness.withWorkers(script.activities, async () => {
      const handle = await begin(id);
      await looks(script, 1);
      await handle[action]();
      await expect(handle.result()).rejects.toThrow();
      await begin(id, handle.workflowId);
      await looks(script, 2);
    });

    expect(script.seen).toEqual([id, id]);
  });

  test('adds little to its history for a change of one of its agents', async () => {
    const script = scriptLooks({});

    const counts = await harness.withWorkers(script.activities, async () => {
      const handle = await begin(randomUUID());
      await looks(script, 1);
      const first = await settledLength(handle);
      await handle.signal(wakeSignal);
      await looks(script, 2);
      return [first, await settledLength(handle)];
    });

    expect(counts[0]).toBeLessThanOrEqual(6);
    expect((counts[1] ?? 0) - (counts[0] ?? 0)).toBeLessThanOrEqual(6);
  });
});

/** The length of a history in which nothing is under way. */
async function settledLength(handle: WorkflowHandle): Promise<number> {
  return eventually(async () => {
    const { events = [] } = await handle.fetchHistory();
    const last = events?.at(-1);
    const isDone = (last?.markerRecordedEventAttributes ?? last?.workflowTaskCompletedEventAttributes ?? null) !== null;
    expect(isDone).toBe(true);
    return events?.length ?? 0;
  });
}
