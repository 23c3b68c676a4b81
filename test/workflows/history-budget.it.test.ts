import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { grantSignal, stopSessionSignal } from '../../src/contract/messages.ts';
import { sessionWorkflowId, TASK_QUEUES, WORKFLOW_TYPES, workWorkflowId } from '../../src/contract/names.ts';
import type { AttemptOutcome } from '../../src/domain/work/outcome.ts';
import { eventually } from '../support/eventually.ts';
import { scriptSession, scriptWork } from '../support/scripted-activities.ts';
import { createWorkflowHarness, HOST_QUEUE } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

// One per twentieth of an idle limit of an hour, as the bridge forwards them.
const BEATS_OF_A_DAY = 480;
const BEATS_AT_ONCE = 16;
const TEST_MS = 240_000;
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

async function beat(token: Uint8Array | undefined, times: number): Promise<void> {
  const atOnce = Array.from({ length: BEATS_AT_ONCE }, async () => {
    for (let n = 0; n < times / BEATS_AT_ONCE; n++) await harness.client.activity.heartbeat(token ?? new Uint8Array());
  });
  await Promise.all(atOnce);
}

test(
  'an item and the session that is started for it stay small, from submission to the agent being gone, and a day of heartbeats adds nothing',
  async () => {
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

    const [item, supervised, wholeSession, grown] = await harness.withWorkers({ ...work.activities, ...session.activities }, async () => {
      const handle = await harness.client.workflow.start(WORKFLOW_TYPES.workItem, {
        workflowId: workWorkflowId(workId),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ workId }],
      });
      await handle.signal(grantSignal, { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } });
      await eventually(() => {
        expect([work.tokens.length, session.tokens.length]).toEqual([1, 1]);
      });
      const before = (await eventCount(workWorkflowId(workId))) + (await eventCount(sessionWorkflowId(guid)));
      await Promise.all([beat(work.tokens[0], BEATS_OF_A_DAY), beat(session.tokens[0], BEATS_OF_A_DAY)]);
      const after = (await eventCount(workWorkflowId(workId))) + (await eventCount(sessionWorkflowId(guid)));
      await harness.client.activity.complete(work.tokens[0] ?? new Uint8Array(), COMPLETED);
      await handle.result();
      const itemEvents = await eventCount(workWorkflowId(workId));
      const supervisedEvents = await eventCount(sessionWorkflowId(guid));
      const supervising = harness.client.workflow.getHandle(sessionWorkflowId(guid));
      await supervising.signal(stopSessionSignal, { reason: 'idle' });
      await supervising.result();
      return [itemEvents, supervisedEvents, await eventCount(sessionWorkflowId(guid)), after - before];
    });

    expect(grown).toBe(0);
    expect(item).toBeLessThanOrEqual(20);
    // The session while it supervises; winding it up comes once for all the items of its agent.
    expect(supervised).toBeLessThanOrEqual(7);
    expect(wholeSession).toBeLessThanOrEqual(21);
  },
  TEST_MS,
);
