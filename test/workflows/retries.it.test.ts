import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { grantSignal } from '../../src/contract/messages.ts';
import { TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import type { AttemptOutcome } from '../../src/domain/work/outcome.ts';
import { eventually } from '../support/eventually.ts';
import { scriptWork } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const COMPLETED: AttemptOutcome = { kind: 'completed', result: { completedAt: '2026-01-01T00:00:00.000Z' } };
const EXIT_3: AttemptOutcome = { kind: 'failed', failureClass: 'recoverable', message: 'exit 3', reportedByAgent: true };

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterAll(async () => {
  await harness.close();
});

async function start() {
  const workId = randomUUID();
  const handle = await harness.client.workflow.start(WORKFLOW_TYPES.workItem, {
    workflowId: `work-${workId}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [{ workId }],
  });
  const grant = (fence: number) => handle.signal(grantSignal, { grantId: randomUUID(), fence, choice: { kind: 'start', targetId: randomUUID() } });
  return { handle, grant, ended: () => handle.result().catch(() => undefined) };
}

test('an item is dead-lettered by the rule of its project at the time of the attempt, with the reasons of all attempts', async () => {
  const outcomes: AttemptOutcome[] = [EXIT_3, { kind: 'failed', failureClass: 'timeout', message: 'too slow', reportedByAgent: false }];
  const script = scriptWork({
    awaitAgent: async () => outcomes.shift() ?? COMPLETED,
    takeGrant: async ({ grant, newGuid }) => ({
      kind: 'taken',
      fence: grant.fence,
      attempt: grant.fence,
      agentGuid: newGuid,
      session: 'to-start',
      targetName: 'here',
      mechanism: 'local',
      ...(grant.fence === 1 ? {} : { retry: { timeout: { attemptsMax: 1 } } }),
    }),
  });

  await harness.withWorkers(script.activities, async () => {
    const run = await start();
    await run.grant(1);
    await eventually(() => {
      expect(script.names()).toContain('requeueWork');
    });
    await run.grant(2);
    await run.ended();
  });

  expect(script.calls.find((call) => call.name === 'settleWork')?.input.outcome).toEqual({
    kind: 'dead-lettered',
    failureClass: 'timeout',
    reason: '1 attempts ended like the last one, as many as may (timeout): too slow · before it (recoverable): exit 3',
  });
});

test('an item that a target has no capacity for waits again, uncounted, and ever longer', async () => {
  const full: AttemptOutcome = { kind: 'failed', failureClass: 'capacity', message: 'no room', reportedByAgent: false };
  const script = scriptWork({ awaitAgent: async () => full }, { attemptsMax: 1 });

  await harness.withWorkers(script.activities, async () => {
    const run = await start();
    for (const fence of [1, 2, 3]) {
      await run.grant(fence);
      await eventually(() => {
        expect(script.names().filter((name) => name === 'requeueWork')).toHaveLength(fence);
      });
    }
    await run.handle.terminate();
  });

  const steps = script.calls.flatMap((call) => (call.name === 'requeueWork' ? [call.input] : []));
  expect(steps.map(({ counted }) => counted)).toEqual([false, false, false]);
  expect(steps.map(({ delayMs }) => delayMs > 3700 && delayMs <= 5000)).toEqual([true, false, false]);
  expect((steps[2]?.delayMs ?? 0) > (steps[1]?.delayMs ?? 0)).toBe(true);
});
