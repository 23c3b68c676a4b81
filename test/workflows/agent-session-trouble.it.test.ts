import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { AgentSessionInput } from '../../src/domain/agents/session-input.ts';
import { scriptSession } from '../support/scripted-activities.ts';
import type { ScriptedSession } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';
import { ended, liveThrough, startSession, stepByStep, supervised } from './session-world.ts';

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await createWorkflowHarness();
});
afterAll(() => harness.close());

const live = (script: ScriptedSession, differs: Partial<AgentSessionInput> = {}): Promise<void> => liveThrough(harness, script, differs);

describe('an agent session whose own side is in trouble', () => {
  test('outlasts a ledger that is away for longer than the tries of a start: the agent may be at work', async () => {
    let tries = 0;
    const script = stepByStep({
      spinUp: async () => {
        if (++tries <= 4) throw ApplicationFailure.retryable('PostgreSQL is away', 'LEDGER_UNAVAILABLE');
        return 'started';
      },
      superviseAgent: async () => undefined,
    });

    await live(script);

    expect(tries).toBe(5);
    expect(ended(script)).toMatchObject({ cause: 'left' });
  });

  test('is supervised again, and its agent left alone, when the ledger was away for a moment', async () => {
    let tried = 0;
    const script = stepByStep({
      superviseAgent: async () => {
        if (++tried === 1) throw ApplicationFailure.retryable('PostgreSQL is away', 'LEDGER_UNAVAILABLE');
      },
    });

    await live(script);

    expect(script.names()).toEqual(['startAgent', 'spinUp', 'superviseAgent', 'superviseAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'left' });
  });

  test('watches again when our own side was deaf, and ends as lost only when the facts say so', async () => {
    let judged = 0;
    const script = stepByStep({
      judgeRunner: async () => (++judged === 1 ? { kind: 'await-again', reason: 'NATS is away' } : { kind: 'lost', message: 'the agent is not connected' }),
    });

    await live(script, { lostTimeoutMs: 1000 });

    expect(script.names()).toEqual([
      'startAgent',
      'spinUp',
      'superviseAgent',
      'judgeRunner',
      'superviseAgent',
      'judgeRunner',
      'endSession',
      'stopAgent',
      'recordGone',
    ]);
    expect(ended(script)).toMatchObject({ cause: 'lost', message: 'the agent is not connected' });
  });

  test('goes on supervising after its worker died', async () => {
    const script = scriptSession();
    const { handle, token } = await harness.withWorkers(script.activities, async () => {
      const begun = await startSession(harness.client);
      return { handle: begun, token: await supervised(script) };
    });

    await harness.client.activity.complete(token, undefined);
    await harness.withWorkers(script.activities, () => handle.result());

    expect(script.names()).toEqual(['startAgent', 'endSession', 'stopAgent', 'recordGone']);
  });

  test('goes on without its host when only our own side was deaf: the worker there may have died while the agent works', async () => {
    const script = scriptSession({ judgeRunner: async () => ({ kind: 'await-again', reason: 'NATS was away' }), superviseAgent: async () => undefined });

    await live(script, { lostTimeoutMs: 1000 });

    expect(script.names()).toEqual(['startAgent', 'judgeRunner', 'superviseAgent', 'endSession', 'stopAgent', 'recordGone']);
    expect(ended(script)).toMatchObject({ cause: 'left' });
  });
});
