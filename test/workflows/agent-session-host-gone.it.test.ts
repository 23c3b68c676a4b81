import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { stopSessionSignal } from '../../src/contract/messages.ts';
import { scriptSession } from '../support/scripted-activities.ts';
import type { ScriptedSession } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';
import { calledOnce, ended, startSession, supervised } from './session-world.ts';

const GONE = { reason: 'its host "there" was declared gone', hostGone: true };
/** Nobody takes tasks from it. */
const DEAD_QUEUE = { hostQueue: 'weft-spin-local-dead' };

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await createWorkflowHarness();
});
afterAll(() => harness.close());

/** What was said of the end that nobody has verified. */
function givenUp(script: ScriptedSession): unknown {
  return script.calls.filter(({ name }) => name === 'recordGone').map(({ input }) => input);
}

/** An agent that left by itself, and whose host does not answer: its supervision waits for that to stop what may be left. */
async function waitingForHost(script: ScriptedSession): Promise<WorkflowHandle> {
  const handle = await startSession(harness.client, { mode: 'reap', workId: null, ...DEAD_QUEUE });
  await calledOnce(script, 'endSession');
  return handle;
}

describe('the supervision of an agent whose host is declared gone', () => {
  test('gives the agent up and ends, without asking the host', async () => {
    const script = scriptSession();

    await harness.withWorkers(script.activities, async () => {
      const handle = await startSession(harness.client);
      await supervised(script);
      await handle.signal(stopSessionSignal, GONE);
      await handle.result();
    });

    expect(script.names()).toEqual(['startAgent', 'endSession', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'host-gone', message: GONE.reason });
    expect(givenUp(script)).toEqual([expect.objectContaining({ givenUp: { projectId: 'default', reason: GONE.reason } })]);
  });

  test('ends also when its agent was yet to be started there', async () => {
    const script = scriptSession();

    await harness.withWorkers(script.activities, async () => {
      const handle = await startSession(harness.client, DEAD_QUEUE);
      await handle.signal(stopSessionSignal, GONE);
      await handle.result();
    });

    expect(script.names()).toEqual(['endSession', 'recordGone']);
  });

  test('waits no longer for the host to stop the agent', async () => {
    const script = scriptSession();

    await harness.withWorkers(script.activities, async () => {
      const handle = await waitingForHost(script);
      await handle.signal(stopSessionSignal, { reason: 'told again' });
      await handle.signal(stopSessionSignal, GONE);
      await handle.result();
    });

    expect(script.names()).toEqual(['endSession', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'stopped' });
  });

  test('waits no longer for a stop in the middle of which the host died', async () => {
    let endStop: () => void = () => undefined;
    const stopping = new Promise<void>((resolve) => {
      endStop = resolve;
    });
    const script = scriptSession({ stopAgent: () => stopping });

    try {
      await harness.withWorkers(script.activities, async () => {
        const handle = await startSession(harness.client, { mode: 'reap', workId: null });
        await calledOnce(script, 'stopAgent');
        await handle.signal(stopSessionSignal, GONE);
        await handle.result();
        endStop();
      });
    } finally {
      endStop();
    }

    expect(script.names()).toEqual(['endSession', 'stopAgent', 'recordGone']);
  });

  test('has the host stop it when that is back before the agent was given up', async () => {
    let asked = 0;
    const script = scriptSession({ recordGone: async () => (++asked === 1 ? 'host-is-back' : undefined) });

    await harness.withWorkers(script.activities, async () => {
      const handle = await startSession(harness.client);
      await supervised(script);
      await handle.signal(stopSessionSignal, GONE);
      await handle.result();
    });

    expect(script.names()).toEqual(['startAgent', 'endSession', 'recordGone', 'stopAgent', 'recordGone']);
    expect(givenUp(script)).toEqual([expect.objectContaining({ givenUp: expect.anything() }), { guid: expect.any(String) }]);
  });
});
