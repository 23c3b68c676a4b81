import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { wakeSignal } from '../../src/contract/messages.ts';
import { TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import { eventually } from '../support/eventually.ts';
import { scriptSlots } from '../support/scripted-activities.ts';
import type { ScriptedSlots } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const HOUR_MS = 3_600_000;

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

async function begin(type: string, workflowId: string, input: object): Promise<WorkflowHandle> {
  const handle = await harness.client.workflow.start(type, { workflowId, taskQueue: TASK_QUEUES.workflows, args: [input] });
  running.push(handle);
  return handle;
}

function beginCoordinator(intervalMs = HOUR_MS): Promise<WorkflowHandle> {
  return begin(WORKFLOW_TYPES.coordinator, `coordinator-${randomUUID()}`, { intervalMs });
}

function rounds(script: ScriptedSlots, count: number): Promise<void> {
  return eventually(() => {
    expect(script.calls.length).toBeGreaterThanOrEqual(count);
  });
}

/** Waits until the coordinator has nothing to do: what it was told has become history. */
async function quiet(handle: WorkflowHandle): Promise<void> {
  await eventually(async () => {
    const { events } = await handle.fetchHistory();
    expect(events?.at(-1)).toHaveProperty('timerStartedEventAttributes');
  });
}

describe('the coordinator', () => {
  test('makes a round when it starts, and one for a wake', async () => {
    const slots = scriptSlots([]);

    await harness.withWorkers(slots.activities, async () => {
      const handle = await beginCoordinator();
      await rounds(slots, 1);
      await quiet(handle);
      await handle.signal(wakeSignal);
      await rounds(slots, 2);
    });

    expect(slots.calls).toHaveLength(2);
  });

  test('makes one round of wakes that came together', async () => {
    const slots = scriptSlots([]);
    const handle = await harness.withWorkers(slots.activities, async () => {
      const begun = await beginCoordinator();
      await rounds(slots, 1);
      await quiet(begun);
      return begun;
    });

    // No worker is there: all of them wait for the same workflow task.
    await Promise.all(Array.from({ length: 20 }, () => handle.signal(wakeSignal)));
    await harness.withWorkers(slots.activities, async () => {
      await rounds(slots, 2);
      await quiet(handle);
    });

    expect(slots.calls).toHaveLength(2);
  });

  test('looks again when a wake comes during a round', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slots = scriptSlots([]);
    const activities = {
      grantSlots: async () => {
        const round = await slots.activities.grantSlots();
        if (slots.calls.length === 1) await held;
        return round;
      },
    };

    await harness.withWorkers(activities, async () => {
      const handle = await beginCoordinator();
      await rounds(slots, 1);
      await handle.signal(wakeSignal);
      release();
      await rounds(slots, 2);
      await quiet(handle);
    });

    expect(slots.calls).toHaveLength(2);
  });

  test('looks again by itself: after the interval, sooner when the round says so, at once when it was cut', async () => {
    const slots = scriptSlots([{ more: true }, { lookAgainInMs: 1 }]);

    // With an hour's interval, two more rounds come only because the rounds ask for them.
    await harness.withWorkers(slots.activities, async () => {
      const handle = await beginCoordinator();
      await rounds(slots, 3);
      await quiet(handle);
    });
    const byInterval = scriptSlots([]);
    await harness.withWorkers(byInterval.activities, async () => {
      await beginCoordinator(200);
      await rounds(byInterval, 3);
    });

    expect(slots.calls).toHaveLength(3);
  });

  test('goes on granting after its worker died', async () => {
    const slots = scriptSlots([]);
    const handle = await harness.withWorkers(slots.activities, async () => {
      const begun = await beginCoordinator();
      await rounds(slots, 1);
      await quiet(begun);
      return begun;
    });

    await harness.withWorkers(slots.activities, async () => {
      await handle.signal(wakeSignal);
      await rounds(slots, 2);
    });

    expect(slots.calls).toHaveLength(2);
  });

  test('begins a new run after as many rounds as one may have, again and again, and loses no wake', async () => {
    const slots = scriptSlots([]);

    const { runs, currentDetails } = await harness.withWorkers(slots.activities, async () => {
      const { workflowId, firstExecutionRunId } = await harness.client.workflow.start(WORKFLOW_TYPES.coordinator, {
        workflowId: `coordinator-${randomUUID()}`,
        taskQueue: TASK_QUEUES.workflows,
        args: [{ intervalMs: HOUR_MS, roundsMax: 2 }],
        staticSummary: 'hands out slots',
      });
      const handle = harness.client.workflow.getHandle(workflowId);
      running.push(handle);
      const runIds = new Set([firstExecutionRunId]);
      for (let wakes = 1; wakes <= 6; wakes++) {
        const before = slots.calls.length;
        await handle.signal(wakeSignal);
        await rounds(slots, before + 1);
        runIds.add((await handle.describe()).runId);
      }
      const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      return { runs: runIds.size, currentDetails };
    });

    expect(runs).toBeGreaterThanOrEqual(3);
    // What the summary said is lost with the first run.
    expect(currentDetails).toMatch(/^Hands out slots/u);
  });

  test('begins a new run when its history has grown, and goes on granting there', async () => {
    const slots = scriptSlots([]);

    const runIds = await harness.withWorkers(slots.activities, async () => {
      const handle = await beginCoordinator();
      const before = await handle.describe();
      // Temporal suggests it at 4 MiB; what the signals carry is ignored.
      for (let sent = 0; sent < 8; sent++) await handle.signal('wake', 'x'.repeat(700_000));
      const after = await eventually(async () => {
        const now = await handle.describe();
        expect(now.runId).not.toBe(before.runId);
        return now;
      });
      await quiet(harness.client.workflow.getHandle(handle.workflowId));
      const roundsSoFar = slots.calls.length;
      await handle.signal(wakeSignal);
      await rounds(slots, roundsSoFar + 1);
      return [before.runId, after.runId];
    });

    expect(new Set(runIds).size).toBe(2);
  });
});
