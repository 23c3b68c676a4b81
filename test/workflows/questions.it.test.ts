import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { cancelUpdate, expireSignal, grantSignal } from '../../src/contract/messages.ts';
import { TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import type { AttemptOutcome, AwaitOutcome } from '../../src/domain/work/outcome.ts';
import { eventually } from '../support/eventually.ts';
import { scriptWork } from '../support/scripted-activities.ts';
import type { ScriptedWork } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const COMPLETED: AttemptOutcome = { kind: 'completed', result: { completedAt: '2026-01-01T00:00:00.000Z' } };
const ASKED: AwaitOutcome = { kind: 'asked', questionId: '1-2', waitMs: 3_600_000 };

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await createWorkflowHarness();
});
afterAll(async () => {
  await harness.close();
});

async function startGranted(): Promise<WorkflowHandle> {
  const workId = randomUUID();
  const options = { workflowId: `work-${workId}`, taskQueue: TASK_QUEUES.workflows, args: [{ workId }] };
  const handle = await harness.client.workflow.start(WORKFLOW_TYPES.workItem, options);
  await handle.signal(grantSignal, { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } });
  return handle;
}

function complete(script: ScriptedWork, awaitNo: number, outcome: AwaitOutcome): Promise<void> {
  return eventually(async () => {
    expect(script.tokens).toHaveLength(awaitNo);
    await harness.client.activity.complete(script.tokens[awaitNo - 1] ?? new Uint8Array(), outcome);
  });
}

/** The heartbeat timeouts of its awaits, in seconds. */
async function idleClocksOf(run: WorkflowHandle): Promise<readonly number[]> {
  const { events } = await run.fetchHistory();
  const scheduled = (events ?? []).map(({ activityTaskScheduledEventAttributes: activity }) => activity);
  return scheduled.flatMap((activity) => (activity?.activityType?.name === 'awaitAgent' ? [Number(activity.heartbeatTimeout?.seconds)] : []));
}

function awaits(script: ScriptedWork) {
  return script.calls.flatMap((call) => (call.name === 'awaitAgent' ? [call.input] : []));
}

describe('a question of the agent', () => {
  test('stops the idle clock under the same fence, and the answer starts it again', async () => {
    const script = scriptWork({}, { idleTimeoutMs: 30_000 });

    const end = await harness.withWorkers(script.activities, async () => {
      const run = await startGranted();
      await complete(script, 1, ASKED);
      await eventually(() => {
        expect(script.tokens).toHaveLength(2);
      });
      await complete(script, 2, { kind: 'resumed' });
      await complete(script, 3, COMPLETED);
      return { outcome: (await run.result()) as unknown, clocks: await idleClocksOf(run) };
    });

    expect(end).toEqual({ outcome: COMPLETED, clocks: [30, 60, 30] });
    expect(awaits(script).map(({ fence, awaitNo, questionId }) => ({ fence, awaitNo, questionId }))).toEqual([
      { fence: 1, awaitNo: 1, questionId: undefined },
      { fence: 1, awaitNo: 2, questionId: '1-2' },
      { fence: 1, awaitNo: 3, questionId: undefined },
    ]);
    expect(script.names()).not.toContain('judgeHarness');
  });

  test('that nobody answers is judged by the ledger when its own time is over', async () => {
    const script = scriptWork();

    const end = await harness.withWorkers(script.activities, async () => {
      const run = await startGranted();
      await complete(script, 1, { ...ASKED, waitMs: 200 });
      await complete(script, 3, COMPLETED);
      return run.result() as Promise<unknown>;
    });

    expect(end).toEqual(COMPLETED);
    expect(awaits(script).map(({ questionId }) => questionId)).toEqual([undefined, '1-2', undefined]);
  });

  test('does not use up the time of the attempt', async () => {
    const script = scriptWork({}, { attemptTimeoutMs: 8000 });

    const end = await harness.withWorkers(script.activities, async () => {
      const run = await startGranted();
      await complete(script, 1, { ...ASKED, waitMs: 8000 });
      await complete(script, 3, COMPLETED);
      return run.result() as Promise<unknown>;
    });

    expect(end).toEqual(COMPLETED);
  });

  test('does not keep a cancel waiting', async () => {
    const script = scriptWork();

    const end = await harness.withWorkers(script.activities, async () => {
      const run = await startGranted();
      await complete(script, 1, ASKED);
      await eventually(() => {
        expect(script.tokens).toHaveLength(2);
      });
      await run.executeUpdate(cancelUpdate, { args: [{ reason: 'never mind' }] });
      return run.result() as Promise<unknown>;
    });

    expect(end).toEqual({ kind: 'cancelled', reason: 'never mind' });
  });
});

test('an item that a person rejects is dead-lettered with the reason that was given', async () => {
  const script = scriptWork();
  const workId = randomUUID();

  await harness.withWorkers(script.activities, async () => {
    const options = { workflowId: `work-${workId}`, taskQueue: TASK_QUEUES.workflows, args: [{ workId }] };
    const run = await harness.client.workflow.start(WORKFLOW_TYPES.workItem, options);
    await run.signal(expireSignal, { failedDependency: null, rejection: 'rejected by kim: too dear' });
    await run.result().catch(() => undefined);
  });

  const ends = script.calls.flatMap((call) => (call.name === 'settleWork' ? [call.input.outcome] : []));
  expect(ends).toEqual([{ kind: 'dead-lettered', reason: 'rejected by kim: too dear', failureClass: 'rejected' }]);
});
