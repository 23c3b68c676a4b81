import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { cancelUpdate, expireSignal, grantSignal } from '../../src/contract/messages.ts';
import { TASK_QUEUES, WORKFLOW_TYPES } from '../../src/contract/names.ts';
import type { AttemptOutcome, WorkOutcome } from '../../src/domain/work/outcome.ts';
import { eventually } from '../support/eventually.ts';
import { scriptWork } from '../support/scripted-activities.ts';
import type { ScriptedWork } from '../support/scripted-activities.ts';
import { createWorkflowHarness } from '../support/workflow-harness.ts';
import type { WorkflowHarness } from '../support/workflow-harness.ts';

const COMPLETED: AttemptOutcome = { kind: 'completed', result: { summary: 'all good', completedAt: '2026-01-01T00:00:00.000Z' } };
const EXIT_3: AttemptOutcome = { kind: 'failed', failureClass: 'recoverable', message: 'exit 3', reportedByAgent: true };

let harness: WorkflowHarness;

beforeAll(async () => {
  harness = await createWorkflowHarness();
});

afterAll(async () => {
  await harness.close();
});

interface Run {
  readonly handle: WorkflowHandle;
  readonly grant: (fence: number) => Promise<void>;
  readonly result: () => Promise<WorkOutcome>;
}

async function start(): Promise<Run> {
  const workId = randomUUID();
  const handle = await harness.client.workflow.start(WORKFLOW_TYPES.workItem, {
    workflowId: `work-${workId}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [{ workId }],
  });
  return {
    handle,
    grant: (fence) => handle.signal(grantSignal, { grantId: randomUUID(), fence, choice: { kind: 'start', targetId: randomUUID() } }),
    result: () => handle.result() as Promise<WorkOutcome>,
  };
}

function settled(script: ScriptedWork): WorkOutcome | undefined {
  return script.calls.flatMap((call) => (call.name === 'settleWork' ? [call.input.outcome] : []))[0];
}

async function awaits(script: ScriptedWork, count: number): Promise<Uint8Array> {
  return eventually(() => {
    expect(script.tokens).toHaveLength(count);
    return script.tokens[count - 1] ?? new Uint8Array();
  });
}

describe('a work item', () => {
  test('is admitted, takes its slot, awaits the agent and settles as completed, within 20 history events', async () => {
    const script = scriptWork();

    const { result, events } = await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await harness.client.activity.complete(await awaits(script, 1), COMPLETED);
      const outcome = await run.result();
      const history = await run.handle.fetchHistory();
      return { result: outcome, events: history.events ?? [] };
    });

    expect(result).toEqual(COMPLETED);
    expect(script.names()).toEqual(['admitWork', 'takeGrant', 'awaitAgent', 'settleWork']);
    expect(events.length).toBeLessThanOrEqual(20);
  });

  test('that is cancelled while it waits settles without ever taking a slot', async () => {
    const script = scriptWork();

    const [answer, outcome] = await harness.withWorkers(script.activities, async () => {
      const run = await start();
      const told = await run.handle.executeUpdate(cancelUpdate, { args: [{ reason: 'no longer needed' }] });
      return [told, await run.result()];
    });

    expect(answer).toBe('cancelling');
    expect(outcome).toEqual({ kind: 'cancelled', reason: 'no longer needed' });
    expect(script.names()).toEqual(['admitWork', 'settleWork']);
  });

  test('that is cancelled while its agent works settles as cancelled', async () => {
    const script = scriptWork();

    const outcome = await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await awaits(script, 1);
      await run.handle.executeUpdate(cancelUpdate, { args: [{ reason: 'stop' }] });
      return run.result();
    });

    expect(outcome).toEqual({ kind: 'cancelled', reason: 'stop' });
  });

  test('whose completion was accepted before the cancel is seen stays completed, and the canceller is told so', async () => {
    const script = scriptWork();
    const { run, token } = await harness.withWorkers(script.activities, async () => {
      const begun = await start();
      await begun.grant(1);
      return { run: begun, token: await awaits(script, 1) };
    });

    // No worker is there: both wait for the same workflow task.
    await harness.client.activity.complete(token, COMPLETED);
    const telling = run.handle.executeUpdate(cancelUpdate, { args: [{ reason: 'too late' }] });
    const [answer, outcome] = await harness.withWorkers(script.activities, async () => Promise.all([telling, run.result()]));

    expect(answer).toBe('already-settled');
    expect(outcome).toEqual(COMPLETED);
  });

  test('that an operator cancels in Temporal settles as cancelled', async () => {
    const script = scriptWork();

    const outcome = await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await awaits(script, 1);
      await run.handle.cancel();
      return run.result();
    });

    expect(outcome).toEqual({ kind: 'cancelled', reason: 'cancelled in Temporal' });
  });

  test('is tried again after a recoverable failure, and dead-lettered with the reason when its attempts are spent', async () => {
    const script = scriptWork({ awaitAgent: async () => EXIT_3 }, { attemptsMax: 2 });

    const failure: unknown = await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await eventually(() => {
        expect(script.names()).toContain('requeueWork');
      });
      await run.grant(2);
      return run.result().catch((error: unknown) => error);
    });

    expect(script.names()).toEqual(['admitWork', 'takeGrant', 'awaitAgent', 'requeueWork', 'takeGrant', 'awaitAgent', 'settleWork']);
    expect(settled(script)).toEqual({
      kind: 'dead-lettered',
      failureClass: 'recoverable',
      reason: 'all 2 attempts failed; the last one (recoverable): exit 3',
    });
    expect(failure).toMatchObject({ cause: { type: 'DEAD_LETTERED' } });
  });

  test('awaits again under the same fence when our own side was deaf, and believes the silence when the facts say so', async () => {
    let judged = 0;
    const script = scriptWork(
      { judgeHarness: async () => (++judged === 1 ? { kind: 'await-again', reason: 'no bridge is listening' } : { kind: 'idle', message: 'silent' }) },
      { idleTimeoutMs: 1000 },
    );

    await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await eventually(() => {
        expect(script.names()).toContain('requeueWork');
      });
      await run.handle.terminate();
    });

    const awaited = script.calls.flatMap((call) => (call.name === 'awaitAgent' ? [call.input] : []));
    expect(awaited.map(({ fence, awaitNo }) => [fence, awaitNo])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(script.calls.find((call) => call.name === 'requeueWork')?.input).toMatchObject({ failure: { failureClass: 'idle', message: 'silent' } });
  });

  test('awaits again under the same fence when the ledger was away for a moment', async () => {
    let tried = 0;
    const script = scriptWork({
      awaitAgent: async () => {
        if (++tried === 1) throw ApplicationFailure.retryable('PostgreSQL is away', 'LEDGER_UNAVAILABLE');
        return COMPLETED;
      },
    });

    const outcome = await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      return run.result();
    });

    expect(outcome).toEqual(COMPLETED);
    expect(script.names()).toEqual(['admitWork', 'takeGrant', 'awaitAgent', 'awaitAgent', 'settleWork']);
  });

  test('goes back to the queue uncounted when a grant or lease is refused', async () => {
    const script = scriptWork({ awaitAgent: async () => ({ kind: 'refused', reason: 'the agent did not take it: busy' }) });

    await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await eventually(() => {
        expect(script.names()).toContain('requeueWork');
      });
      await run.handle.terminate();
    });

    expect(script.calls.find((call) => call.name === 'requeueWork')?.input).toMatchObject({ failure: null, counted: false, fence: 1 });
  });

  test('ignores a grant that it has answered before', async () => {
    const script = scriptWork();

    await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await awaits(script, 1);
      await run.grant(1);
      await harness.client.activity.complete(await awaits(script, 1), EXIT_3);
      await eventually(() => {
        expect(script.names()).toContain('requeueWork');
      });
      await run.grant(2);
      await awaits(script, 2);
      await run.handle.terminate();
    });

    expect(script.calls.flatMap((call) => (call.name === 'takeGrant' ? [call.input.grant.fence] : []))).toEqual([1, 2]);
  });

  test('takes its row over again when another run has owned it meanwhile', async () => {
    let taken = 0;
    const script = scriptWork({
      takeGrant: async ({ grant, newGuid }) => {
        if (++taken === 1) throw ApplicationFailure.nonRetryable('another run owns it', 'STALE_RUN');
        return { kind: 'taken', fence: grant.fence, attempt: 1, agentGuid: newGuid, session: 'to-start', targetName: 'here', mechanism: 'local' };
      },
      awaitAgent: async () => COMPLETED,
    });

    const outcome = await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.grant(1);
      await eventually(() => {
        expect(script.names().filter((name) => name === 'admitWork')).toHaveLength(2);
      });
      await run.grant(2);
      return run.result();
    });

    expect(outcome).toEqual(COMPLETED);
  });

  test('that runs out of time is dead-lettered with that reason', async () => {
    const script = scriptWork();

    await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.handle.signal(expireSignal);
      await run.result().catch(() => undefined);
    });

    expect(settled(script)).toMatchObject({ kind: 'dead-lettered', failureClass: 'deadline' });
  });

  test('that depends on one that failed is dead-lettered with that reason', async () => {
    const script = scriptWork();

    await harness.withWorkers(script.activities, async () => {
      const run = await start();
      await run.handle.signal(expireSignal, { failedDependency: 'the other one failed' });
      await run.result().catch(() => undefined);
    });

    expect(settled(script)).toEqual({ kind: 'dead-lettered', failureClass: 'dependency', reason: 'the other one failed' });
  });

  test('goes on after its worker died in the middle', async () => {
    const script = scriptWork();
    const { run, token } = await harness.withWorkers(script.activities, async () => {
      const begun = await start();
      await begun.grant(1);
      return { run: begun, token: await awaits(script, 1) };
    });

    await harness.client.activity.complete(token, COMPLETED);
    const outcome = await harness.withWorkers(script.activities, () => run.result());

    expect(outcome).toEqual(COMPLETED);
    expect(script.names()).toEqual(['admitWork', 'takeGrant', 'awaitAgent', 'settleWork']);
  });
});
