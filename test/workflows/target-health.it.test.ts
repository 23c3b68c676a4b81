import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createTemporalEngine } from '../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../src/adapters/temporal/index.ts';
import { healthScheduleId, TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import type { HealthSchedule } from '../../src/domain/targets/health-schedule.ts';
import { eventually } from '../support/eventually.ts';
import { testServers } from '../support/servers.ts';
import { createWorkflowHarness, HOST_QUEUE } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const WAIT_MS = 30_000;
const SEEN = { version: 1, hostSince: '2026-01-01T00:00:00.000Z' };

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

interface Record {
  readonly targetId: string;
  readonly seen: unknown;
  readonly result: { readonly healthy: boolean; readonly error?: string };
}

/** A ledger and a host as the test says; writes down what was recorded. */
function scripted({ checkTarget = async () => ({ healthy: true }), timeoutMs = 20_000, hostQueue = HOST_QUEUE, planned = true }) {
  const recorded: Record[] = [];
  const activities = {
    planCheck: async () => (planned ? { hostId: 'test', hostQueue, timeoutMs, seen: SEEN } : null),
    checkTarget,
    recordCheck: async (record: Record) => {
      recorded.push(record);
    },
  };
  return { recorded, activities };
}

async function look(targetId: string): Promise<unknown> {
  return harness.client.workflow.execute(WORKFLOW_TYPES.targetHealth, {
    workflowId: `look-${randomUUID()}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [{ targetId }],
  });
}

describe('a scheduled look at a target', () => {
  test('records what the host finds', async () => {
    const targetId = randomUUID();
    const { recorded, activities } = scripted({ checkTarget: async () => ({ healthy: false, error: 'no such program' }) });

    expect(await harness.withWorkers(activities, () => look(targetId))).toBe('unhealthy');

    expect(recorded).toEqual([{ targetId, seen: SEEN, result: { healthy: false, error: 'no such program' } }]);
  });

  test('that nobody wants any more asks nobody', async () => {
    const { recorded, activities } = scripted({ planned: false });

    expect(await harness.withWorkers(activities, () => look(randomUUID()))).toBe('not-wanted');

    expect(recorded).toEqual([]);
  });

  test('that hangs ends at its time', async () => {
    let finish: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { recorded, activities } = scripted({ checkTarget: () => hanging.then(() => ({ healthy: true })), timeoutMs: 2000 });

    expect(await harness.withWorkers(activities, () => look(randomUUID()).finally(finish))).toBe('unhealthy');

    expect(recorded).toMatchObject([{ result: { healthy: false } }]);
  });

  test('that its host does not take ends at its time', async () => {
    const { recorded, activities } = scripted({ hostQueue: 'weft-spin-local-nowhere', timeoutMs: 1000 });

    expect(await harness.withWorkers(activities, () => look(randomUUID()))).toBe('unhealthy');

    expect(recorded).toMatchObject([{ result: { healthy: false, error: expect.stringContaining('does not answer') } }]);
  });
});

describe('the Schedule of a target', () => {
  async function listed(): Promise<readonly HealthSchedule[]> {
    return engine.listHealthSchedules(() => undefined);
  }

  test('looks at once, again and again, until it is removed', async () => {
    const targetId = randomUUID();
    const { recorded, activities } = scripted({});

    await harness.withWorkers(activities, async () => {
      await engine.setHealthSchedule({ targetId, intervalMs: 1000 });
      await eventually(() => {
        expect(recorded.length).toBeGreaterThanOrEqual(3);
      }, WAIT_MS);
      await engine.removeHealthSchedule(targetId);
      await engine.removeHealthSchedule(targetId);
    });

    for (const record of recorded) expect(record).toMatchObject({ targetId, result: { healthy: true } });
    await expect(harness.client.schedule.getHandle(healthScheduleId(targetId)).describe()).rejects.toMatchObject({ name: 'ScheduleNotFoundError' });
  });

  test('follows a new interval, overlaps with nothing, catches up with nothing, and stays paused when an operator has paused it', async () => {
    const targetId = randomUUID();
    const schedule = harness.client.schedule.getHandle(healthScheduleId(targetId));

    await engine.setHealthSchedule({ targetId, intervalMs: 3_600_000 });
    const made = await schedule.describe();
    await schedule.pause('by an operator');
    await engine.setHealthSchedule({ targetId, intervalMs: 7_200_000 });
    const changed = await schedule.describe();
    await eventually(async () => {
      expect(await listed()).toContainEqual({ targetId, intervalMs: 7_200_000 });
    }, WAIT_MS);
    await engine.removeHealthSchedule(targetId);

    expect(made.spec.intervals).toMatchObject([{ every: 3_600_000, offset: expect.any(Number) }]);
    expect(made.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 10_000 });
    expect(changed.spec.intervals).toMatchObject([{ every: 7_200_000 }]);
    expect(changed.state).toMatchObject({ paused: true, note: 'by an operator' });
  });

  test('is listed among others, which are nobody’s business here', async () => {
    const targetId = randomUUID();
    await engine.ensureReconcileSchedule(3_600_000);
    await engine.setHealthSchedule({ targetId, intervalMs: 3_600_000 });

    const found = await eventually(async () => {
      const schedules = await listed();
      expect(schedules.map((one) => one.targetId)).toContain(targetId);
      return schedules;
    }, WAIT_MS);
    await engine.removeHealthSchedule(targetId);

    expect(found.filter((one) => one.targetId === targetId)).toEqual([{ targetId, intervalMs: 3_600_000 }]);
    expect(found.map((one) => one.targetId)).not.toContain('reconcile');
  });
});
