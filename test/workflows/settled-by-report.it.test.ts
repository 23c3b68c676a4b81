import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { grantSignal } from '../../src/contract/messages.ts';
import { TASK_QUEUES, WORKFLOW_TYPES, workWorkflowId } from '../../src/contract/names.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes.ts';
import type { AttemptOutcome, WorkOutcome } from '../../src/domain/work/outcome.ts';
import { eventually } from '../support/eventually.ts';
import { scriptWork } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const COMPLETED = { kind: 'completed', result: { summary: 'all good', completedAt: '2026-01-01T00:00:00.000Z' } } as const satisfies WorkOutcome;
const LOST: AttemptOutcome = { kind: 'failed', failureClass: 'lost', message: 'silent', reportedByAgent: false };

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});
afterAll(() => harness.close());

async function granted(): Promise<WorkflowHandle> {
  const workId = randomUUID();
  const handle = await harness.client.workflow.start(WORKFLOW_TYPES.workItem, {
    workflowId: workWorkflowId(workId),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ workId }],
  });
  await handle.signal(grantSignal, { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } });
  return handle;
}

async function endOf(handle: WorkflowHandle): Promise<{ outcome: unknown; status: string | undefined }> {
  const outcome: unknown = await handle.result();
  return { outcome, status: (await handle.describe()).typedSearchAttributes.get(SEARCH_ATTRIBUTES.status) };
}

describe('an item that its agent’s report has settled', () => {
  test('ends without writing anything more', async () => {
    const script = scriptWork();

    const end = await harness.withWorkers(script.activities, async () => {
      const handle = await granted();
      const token = await eventually(() => {
        expect(script.tokens).toHaveLength(1);
        return script.tokens[0] ?? new Uint8Array();
      });
      await harness.client.activity.complete(token, { ...COMPLETED, settled: true });
      return endOf(handle);
    });

    expect(end).toEqual({ outcome: COMPLETED, status: 'completed' });
    expect(script.names()).toEqual(['admitWork', 'takeGrant', 'awaitAgent']);
  });

  test('is completed though its attempt was judged as failed', async () => {
    const script = scriptWork({ awaitAgent: async () => LOST, requeueWork: async () => COMPLETED });

    const { outcome } = await harness.withWorkers(script.activities, async () => endOf(await granted()));

    expect(outcome).toEqual(COMPLETED);
    expect(script.names()).toEqual(['admitWork', 'takeGrant', 'awaitAgent', 'requeueWork']);
  });

  test('is completed though that was its last attempt', async () => {
    const script = scriptWork({ awaitAgent: async () => LOST, settleWork: async () => COMPLETED }, { attemptsMax: 1 });

    const { outcome } = await harness.withWorkers(script.activities, async () => endOf(await granted()));

    expect(outcome).toEqual(COMPLETED);
  });

  test('is completed though an operator has cancelled it in Temporal, and shows it', async () => {
    const script = scriptWork({ settleWork: async () => COMPLETED });

    const end = await harness.withWorkers(script.activities, async () => {
      const handle = await granted();
      await eventually(() => {
        expect(script.tokens).toHaveLength(1);
      });
      await handle.cancel();
      return endOf(handle);
    });

    expect(end).toEqual({ outcome: COMPLETED, status: 'completed' });
  });
});
