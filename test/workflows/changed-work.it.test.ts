import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { changedSignal, grantSignal } from '../../src/contract/messages.ts';
import type { WorkChange } from '../../src/contract/messages.ts';
import { TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes.ts';
import { eventually } from '../support/eventually.ts';
import { scriptWork } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const SOON = new Date(Date.now() + 500).toISOString();
const CHANGE: WorkChange = { priority: 8, deadline: '2100-01-02T03:04:05.000Z', changedAt: '2026-01-01T00:00:01.000Z' };

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterAll(async () => {
  await harness.close();
});

function start(): Promise<WorkflowHandle> {
  const workId = randomUUID();
  return harness.client.workflow.start(WORKFLOW_TYPES.workItem, {
    workflowId: `work-${workId}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [{ workId }],
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.priority, value: 3 },
      { key: SEARCH_ATTRIBUTES.deadline, value: new Date(SOON) },
    ],
  });
}

function grant(handle: WorkflowHandle, fence: number): Promise<void> {
  return handle.signal(grantSignal, { grantId: randomUUID(), fence, choice: { kind: 'start', targetId: randomUUID() } });
}

/** What a person's filter in the Temporal UI goes by. */
async function shown(handle: WorkflowHandle): Promise<readonly unknown[]> {
  const { typedSearchAttributes: attributes } = await handle.describe();
  return [attributes.get(SEARCH_ATTRIBUTES.priority), attributes.get(SEARCH_ATTRIBUTES.deadline)?.toISOString()];
}

async function untilShown(handle: WorkflowHandle, expected: readonly unknown[]): Promise<void> {
  await eventually(async () => {
    expect(await shown(handle)).toEqual(expected);
  });
}

describe('a work item that was changed', () => {
  test('shows the new priority and deadline, also none, and not those of a change that came late', async () => {
    await harness.withWorkers(scriptWork().activities, async () => {
      const handle = await start();
      await handle.signal(changedSignal, CHANGE);
      await untilShown(handle, [8, CHANGE.deadline]);
      await handle.signal(changedSignal, { priority: 9, deadline: null, changedAt: '2026-01-01T00:00:02.000Z' });
      await untilShown(handle, [9, undefined]);
      await handle.signal(changedSignal, CHANGE);
      await handle.signal(changedSignal, { priority: 1, deadline: null, changedAt: '2026-01-01T00:00:03.000Z' });
      await untilShown(handle, [1, undefined]);
      const { events } = await handle.fetchHistory();
      const own = events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields?.['WeftPriority']);

      expect(own).toHaveLength(3);
      await handle.terminate();
    });
  });

  test('is tried again within its new deadline, by another worker, though the old one has passed', async () => {
    const brief = { ...(await scriptWork().activities.admitWork({ workId: '' })) };
    if (brief.kind !== 'queued') throw new Error('a well-behaved ledger admits');
    const admitted = { kind: 'queued', brief: { ...brief.brief, deadlineMs: Date.parse(SOON) } } as const;
    const script = scriptWork({ admitWork: async () => admitted });
    const handle = await harness.withWorkers(script.activities, async () => {
      const started = await start();
      await grant(started, 1);
      await eventually(() => {
        expect(script.tokens).toHaveLength(1);
      });
      await started.signal(changedSignal, CHANGE);
      await untilShown(started, [8, CHANGE.deadline]);
      return started;
    });

    await harness.withWorkers(script.activities, async () => {
      await harness.client.activity.complete(script.tokens[0] ?? new Uint8Array(), {
        kind: 'failed',
        failureClass: 'recoverable',
        message: 'exit 3',
        reportedByAgent: true,
      });
      await eventually(() => {
        expect(script.names()).toContain('requeueWork');
      });
      await handle.terminate();
    });

    expect(script.names()).not.toContain('settleWork');
  });
});
