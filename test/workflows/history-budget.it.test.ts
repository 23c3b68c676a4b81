import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { grantSignal, stopSessionSignal } from '../../src/contract/messages.ts';
import { sessionWorkflowId, TASK_QUEUES, WORKFLOW_TYPES, workWorkflowId } from '../../src/contract/names.ts';
import type { AttemptOutcome } from '../../src/domain/work/outcome.ts';
import { eventually } from '../support/eventually.ts';
import { scriptSession, scriptWork } from '../support/scripted-activities.ts';
import { createWorkflowHarness, HOST_QUEUE } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const WAIT_MS = 15_000;
const COMPLETED: AttemptOutcome = { kind: 'completed', result: { summary: 'all good', completedAt: '2026-01-01T00:00:00.000Z' } };

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterAll(async () => {
  await harness.close();
});

async function eventCount(workflowId: string): Promise<number> {
  const { events } = await harness.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.length ?? 0;
}

test('an item and the session that is started for it stay small, from submission to the agent being gone', async () => {
  const workId = randomUUID();
  const guid = randomUUID();
  const session = scriptSession();
  const work = scriptWork({
    // As the real one does: the session is started from within the transition.
    takeGrant: async ({ grant }) => {
      const input = { guid, mode: 'supervise', projectId: 'default', workId, targetName: 'here', mechanism: 'local', agentType: 'claude-code' };
      await harness.client.workflow.start(WORKFLOW_TYPES.agentSession, {
        workflowId: sessionWorkflowId(guid),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ ...input, hostQueue: HOST_QUEUE, registerTimeoutMs: 5000, lostTimeoutMs: 20_000 }],
      });
      return { kind: 'taken', fence: grant.fence, attempt: 1, agentGuid: guid, session: 'to-start', targetName: 'here', mechanism: 'local' };
    },
  });

  const [item, supervised, wholeSession] = await harness.withWorkers({ ...work.activities, ...session.activities }, async () => {
    const handle = await harness.client.workflow.start(WORKFLOW_TYPES.workItem, {
      workflowId: workWorkflowId(workId),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ workId }],
    });
    await handle.signal(grantSignal, { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } });
    await eventually(() => {
      expect([work.tokens.length, session.tokens.length]).toEqual([1, 1]);
    }, WAIT_MS);
    await harness.client.activity.complete(work.tokens[0] ?? new Uint8Array(), COMPLETED);
    await handle.result();
    const itemEvents = await eventCount(workWorkflowId(workId));
    const supervisedEvents = await eventCount(sessionWorkflowId(guid));
    const supervising = harness.client.workflow.getHandle(sessionWorkflowId(guid));
    await supervising.signal(stopSessionSignal, { reason: 'idle' });
    await supervising.result();
    return [itemEvents, supervisedEvents, await eventCount(sessionWorkflowId(guid))];
  });

  expect(item).toBeLessThanOrEqual(20);
  // The session while it supervises; winding it up comes once for all the items of its agent.
  expect(supervised).toBeLessThanOrEqual(11);
  expect(wholeSession).toBeLessThanOrEqual(25);
});
