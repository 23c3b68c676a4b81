import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Context, heartbeat } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { STARTING } from '../../src/contract/activities.ts';
import { stopSessionSignal } from '../../src/contract/messages.ts';
import type { AgentSessionInput } from '../../src/domain/agents/session-input.ts';
import { scriptSession } from '../support/scripted-activities.ts';
import type { ScriptedSession } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';
import { calledOnce, ended, liveThrough, startSession, stepByStep, supervised } from './session-world.ts';

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterAll(async () => {
  await harness.close();
});

const start = (differs: Partial<AgentSessionInput> = {}): Promise<WorkflowHandle> => startSession(harness.client, differs);

const live = (script: ScriptedSession, differs: Partial<AgentSessionInput> = {}): Promise<void> => liveThrough(harness, script, differs);

describe('an agent session', () => {
  test('starts its agent, supervises it, and when it has left verifies that it is gone', async () => {
    const script = scriptSession();

    await harness.withWorkers(script.activities, async () => {
      const handle = await start();
      await harness.client.activity.complete(await supervised(script), undefined);
      await handle.result();
    });

    expect(script.names()).toEqual(['startAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'left', message: 'the agent has left by itself' });
  });

  test.each([
    { of: 'a start that failed', type: 'SPIN_UP_FAILED', cause: 'spin-up-failed' },
    { of: 'a refusal', type: 'SPIN_UP_REFUSED', cause: 'start-refused' },
    { of: 'what the target cannot do', type: 'TARGET_MISCONFIGURED', cause: 'spin-up-failed' },
  ])('takes the word of its first activity for $of', async ({ type, cause }) => {
    const script = scriptSession({
      startAgent: async () => {
        throw ApplicationFailure.retryable('not here', type);
      },
    });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause, message: 'not here' });
  });

  test('starts nothing when its first activity finds that it is no longer wanted', async () => {
    const script = scriptSession({ startAgent: async () => 'not-wanted' });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'stopped' });
  });

  test('looks for what was started, judging nobody, when its worker died in the middle of the start', async () => {
    const script = scriptSession({
      startAgent: async () => {
        heartbeat(STARTING);
        return Context.current().cancelled;
      },
      superviseAgent: async () => undefined,
    });

    await live(script, { lostTimeoutMs: 5000 });

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'superviseAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'left' });
  });

  test('asks for the facts when nothing is heard of an agent that was there', async () => {
    const script = scriptSession();

    await live(script, { lostTimeoutMs: 1000 });

    expect(script.names()).toEqual(['startAgent', 'judgeRunner', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'lost', message: 'the agent is not connected' });
  });

  test('tries a start three times, then ends as failed with the reason, and still stops whatever may have been started', async () => {
    const script = stepByStep({
      spinUp: async () => {
        throw ApplicationFailure.retryable('no fork', 'SPIN_UP_FAILED');
      },
    });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'spinUp', 'spinUp', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'spin-up-failed', message: 'no fork' });
  });

  test('does not try again what the target cannot do', async () => {
    const script = stepByStep({
      spinUp: async () => {
        throw ApplicationFailure.nonRetryable('no such program', 'TARGET_MISCONFIGURED');
      },
    });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'spin-up-failed', message: 'no such program' });
  });

  test('is refused once by a target that has no capacity, and asks it no second time', async () => {
    const script = stepByStep({
      spinUp: async () => {
        throw ApplicationFailure.retryable('no room for another process', 'SPIN_UP_REFUSED');
      },
    });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'start-refused', message: 'no room for another process' });
  });

  test('whose agent never registers ends as a failed start', async () => {
    const script = stepByStep({
      superviseAgent: async () => {
        throw ApplicationFailure.retryable('it did not register within 5000 ms', 'SPIN_UP_FAILED');
      },
    });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'superviseAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'spin-up-failed', message: 'it did not register within 5000 ms' });
  });

  test('that is no longer wanted starts nothing, and is wound up like any other', async () => {
    const script = stepByStep({ spinUp: async () => 'not-wanted' });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'stopped' });
  });

  test('told to stop while its agent starts does not wait for the start', async () => {
    let finishStart: () => void = () => undefined;
    const starting = new Promise<void>((resolve) => {
      finishStart = resolve;
    });
    const script = stepByStep({
      spinUp: async () => {
        await starting;
        return 'started';
      },
    });

    try {
      await harness.withWorkers(script.activities, async () => {
        const handle = await start();
        await calledOnce(script, 'spinUp');
        await handle.signal(stopSessionSignal, { reason: 'cancelled by its submitter' });
        await handle.result();
        finishStart();
      });
    } finally {
      finishStart();
    }

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'stopped', message: 'cancelled by its submitter' });
  });

  test('told to stop while it supervises stops its agent, with the first reason given', async () => {
    const script = scriptSession();

    await harness.withWorkers(script.activities, async () => {
      const handle = await start();
      await supervised(script);
      await handle.signal(stopSessionSignal, { reason: 'idle' });
      await handle.signal(stopSessionSignal, { reason: 'and again' }).catch(() => undefined);
      await handle.result();
    });

    expect(script.names()).toEqual(['startAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'stopped', message: 'idle' });
    expect(script.calls.find(({ name }) => name === 'stopAgent')?.input).toMatchObject({ reason: 'idle' });
  });

  test('that an operator cancels in Temporal stops its agent first', async () => {
    const script = scriptSession();

    await harness.withWorkers(script.activities, async () => {
      const handle = await start();
      await supervised(script);
      await handle.cancel();
      await handle.result();
    });

    expect(script.names()).toEqual(['startAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'stopped', message: 'cancelled in Temporal' });
  });

  test('is not over before its agent is gone: stopping is tried until it succeeds', async () => {
    let tried = 0;
    const script = scriptSession({
      stopAgent: async () => {
        if (++tried === 1) throw ApplicationFailure.retryable('pid 1 is alive', 'AGENT_NOT_GONE');
      },
    });

    await harness.withWorkers(script.activities, async () => {
      const handle = await start();
      await harness.client.activity.complete(await supervised(script), undefined);
      await handle.result();
    });

    expect(script.names()).toEqual(['startAgent', 'endSession', 'stopAgent', 'stopAgent', 'recordGone']);
  });

  test('that reaps what an ended one has left starts nothing', async () => {
    const script = scriptSession();

    await live(script, { mode: 'reap', workId: null });

    expect(script.names()).toEqual(['endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'stopped', message: 'its supervision was ended by an operator' });
  });
});
