import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../../src/adapters/temporal/index.ts';
import { RECONCILE_SCHEDULE_ID } from '../../../src/contract/names.ts';
import { testServers } from '../../support/servers.ts';
import { createWorkflowHarness } from '../../support/workflow-harness.ts';
import type { WorkflowHarness } from '../../support/workflow-harness.ts';

let harness: WorkflowHarness;
let engine: TemporalEngine;

beforeAll(async () => {
  harness = await createWorkflowHarness();
  engine = createTemporalEngine({
    address: testServers().temporalAddress,
    namespace: harness.client.options.namespace,
    coordinatorIntervalMs: 60_000,
  });
});

afterEach(async () => {
  await harness.client.schedule
    .getHandle(RECONCILE_SCHEDULE_ID)
    .delete()
    .catch(() => undefined);
});

afterAll(async () => {
  await engine.close();
  await harness.close();
});

describe('the schedule of the reconciler', () => {
  test('is made once and follows the interval that is asked for', async () => {
    const schedule = harness.client.schedule.getHandle(RECONCILE_SCHEDULE_ID);

    await engine.ensureReconcileSchedule(3_600_000);
    const made = await schedule.describe();
    await engine.ensureReconcileSchedule(7_200_000);
    const changed = await schedule.describe();

    expect(made.spec.intervals).toMatchObject([{ every: 3_600_000 }]);
    expect(made.policies.overlap).toBe('SKIP');
    expect(changed.spec.intervals).toMatchObject([{ every: 7_200_000 }]);
  });

  test('comes back when it was deleted; one that is there, paused by a person, stays as it is', async () => {
    const schedule = harness.client.schedule.getHandle(RECONCILE_SCHEDULE_ID);

    const restored = await engine.restoreReconcileSchedule(3_600_000);
    await schedule.pause('by a person');
    const again = await engine.restoreReconcileSchedule(7_200_000);
    const kept = await schedule.describe();

    expect([restored, again]).toEqual([true, false]);
    expect(kept.spec.intervals).toMatchObject([{ every: 3_600_000 }]);
    expect(kept.state.paused).toBe(true);
  });
});
