import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const TALLY = { itemsSettled: 1, sessionsReaped: 2, itemsStarted: 3 };

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterAll(async () => {
  await harness.close();
});

/** One run of the reconciler; `answer` is given the number of the try. */
function run(answer: (tried: number) => typeof TALLY): Promise<unknown> {
  let tried = 0;
  return harness.withWorkers({ reconcileHolders: async () => answer(++tried) }, () =>
    harness.client.workflow.execute(WORKFLOW_TYPES.reconcile, { workflowId: `reconcile-${randomUUID()}`, taskQueue: TASK_QUEUES.workflows }),
  );
}

function away(): never {
  throw ApplicationFailure.retryable('PostgreSQL is away', 'LEDGER_UNAVAILABLE');
}

describe('a run of the reconciler', () => {
  test('says what it took back', async () => {
    await expect(run(() => TALLY)).resolves.toEqual(TALLY);
  });

  test('tries a second time', async () => {
    await expect(run((tried) => (tried === 1 ? away() : TALLY))).resolves.toEqual(TALLY);
  });

  test('leaves it to the next run after that', async () => {
    await expect(run(away)).rejects.toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ cause: expect.objectContaining({ type: 'LEDGER_UNAVAILABLE' }) }) }),
    );
  });
});
