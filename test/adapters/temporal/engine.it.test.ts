import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../../src/adapters/temporal/index.ts';
import { grantSignal } from '../../../src/contract/messages.ts';
import { sessionWorkflowId } from '../../../src/contract/names.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/search-attributes.ts';
import type { AttemptOutcome } from '../../../src/domain/work/outcome.ts';
import { eventually } from '../../support/eventually.ts';
import { scriptSession, scriptWork } from '../../support/scripted-activities.ts';
import { testServers } from '../../support/servers.ts';
import { createWorkflowHarness } from '../../support/workflow-harness.ts';
import type { WorkflowHarness } from '../../support/workflow-harness.ts';
import { openProxy } from './proxy.ts';
import { newItem, newSession } from './work-item.ts';

// The adapter's own limit is 3 s; the machine may be busy.
const BOUND_MS = 20_000;
const COMPLETED: AttemptOutcome = { kind: 'completed', result: { completedAt: '2026-01-01T00:00:00.000Z' } };

let harness: WorkflowHarness;
let engine: TemporalEngine;

beforeAll(async () => {
  harness = await createWorkflowHarness();
  engine = createTemporalEngine({
    address: testServers().temporalAddress,
    namespace: harness.client.options.namespace,
    coordinatorIntervalMs: 60_000,
  });
});

afterAll(async () => {
  await engine.close();
  await harness.close();
});

async function runIdOf(workflowId: string): Promise<string> {
  const { runId } = await harness.client.workflow.getHandle(workflowId).describe();
  return runId;
}

function firstToken({ tokens }: { tokens: readonly Uint8Array[] }): Promise<Uint8Array> {
  return eventually(() => {
    const [first] = tokens;
    if (first === undefined) throw new Error('no activity yet');
    return first;
  });
}

function terminate(workflowId: string): Promise<unknown> {
  return harness.client.workflow.getHandle(workflowId).terminate('by an operator');
}

describe('starting work', () => {
  test('gives the workflow what a person filters by, and nothing of the description', async () => {
    const item = newItem({ deadline: '2030-01-02T03:04:05.000Z' });

    await engine.startWork(item);
    const handle = harness.client.workflow.getHandle(item.workflowId);
    const { typedSearchAttributes: attributes, raw } = await handle.describe();
    const summary = await (await handle.describe()).staticSummary();

    expect(attributes.get(SEARCH_ATTRIBUTES.project)).toBe('default');
    expect(attributes.get(SEARCH_ATTRIBUTES.status)).toBe('pending');
    expect(attributes.get(SEARCH_ATTRIBUTES.boundary)).toBe('personal');
    expect(attributes.get(SEARCH_ATTRIBUTES.capability)).toBe('build');
    expect(attributes.get(SEARCH_ATTRIBUTES.priority)).toBe(7);
    expect(attributes.get(SEARCH_ATTRIBUTES.deadline)).toEqual(new Date('2030-01-02T03:04:05.000Z'));
    expect(summary).toBe('build for default (personal, priority 7)');
    expect(JSON.stringify(raw)).not.toContain('secret plan');
  });

  test('again changes nothing, neither while it runs nor after it has ended', async () => {
    const item = newItem();

    await engine.startWork(item);
    const runId = await runIdOf(item.workflowId);
    await engine.startWork(item);
    await terminate(item.workflowId);
    await engine.startWork(item);

    expect(await runIdOf(item.workflowId)).toBe(runId);
    expect(await engine.describe(item.workflowId)).toEqual({ kind: 'closed', runId, status: 'TERMINATED' });
  });
});

describe('starting a session', () => {
  test('again changes nothing; only a reaping run follows one that was ended', async () => {
    const session = newSession();
    const workflowId = sessionWorkflowId(session.guid);

    await engine.startSession(session);
    const runId = await runIdOf(workflowId);
    await engine.startSession(session);
    await engine.startSession({ ...session, mode: 'reap' });
    const whileItRan = await runIdOf(workflowId);
    await terminate(workflowId);
    await engine.startSession(session);
    const afterIt = await engine.describe(workflowId);
    await engine.startSession({ ...session, mode: 'reap' });
    const reaping = await engine.describe(workflowId);

    expect(whileItRan).toBe(runId);
    expect(afterIt).toMatchObject({ kind: 'closed', runId });
    expect(reaping).toMatchObject({ kind: 'running', runId: expect.not.stringMatching(runId) });
  });
});

describe('describing a workflow', () => {
  test('tells one that nobody knows from one that runs', async () => {
    const item = newItem();

    const before = await engine.describe(item.workflowId);
    await engine.startWork(item);
    const after = await engine.describe(item.workflowId);

    expect(before).toEqual({ kind: 'unknown' });
    expect(after).toEqual({ kind: 'running', runId: await runIdOf(item.workflowId) });
  });
});

describe('cancelling work', () => {
  test('is answered by the workflow', async () => {
    const item = newItem();
    const script = scriptWork();

    const answer = await harness.withWorkers(script.activities, async () => {
      await engine.startWork(item);
      await eventually(() => {
        expect(script.names()).toContain('admitWork');
      });
      return engine.cancelWork(item.id, 'no longer needed');
    });

    expect(answer).toBe('cancelling');
    expect(script.calls.at(-1)).toMatchObject({ name: 'settleWork', input: { outcome: { kind: 'cancelled', reason: 'no longer needed' } } });
  });

  test('is not heard by a workflow that was never started, or has ended', async () => {
    const item = newItem();

    const before = await engine.cancelWork(item.id, 'why');
    await engine.startWork(item);
    await terminate(item.workflowId);
    const after = await engine.cancelWork(item.id, 'why');

    expect([before, after]).toEqual(['not-running', 'not-running']);
  });

  test('says in bounded time that no worker is there to answer', async () => {
    const item = newItem();
    await engine.startWork(item);

    const startedAt = performance.now();
    const cancelling = engine.cancelWork(item.id, 'why');

    await expect(cancelling).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
  });
});

describe('an activity by its token', () => {
  test('takes heartbeats and one outcome; after that it is gone', async () => {
    const item = newItem();
    const script = scriptWork();

    const answers = await harness.withWorkers(script.activities, async () => {
      await engine.startWork(item);
      await harness.client.workflow
        .getHandle(item.workflowId)
        .signal(grantSignal, { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } });
      const token = await firstToken(script);
      return [
        await engine.heartbeat(token),
        await engine.completeAttempt(token, COMPLETED),
        await engine.completeAttempt(token, COMPLETED),
        await engine.heartbeat(token),
      ];
    });

    expect(answers).toEqual(['done', 'done', 'gone', 'gone']);
  });

  test('is gone with a workflow that an operator has ended', async () => {
    const session = newSession();
    const script = scriptSession();

    const answers = await harness.withWorkers(script.activities, async () => {
      await engine.startSession(session);
      const token = await firstToken(script);
      const alive = await engine.heartbeat(token);
      await terminate(sessionWorkflowId(session.guid));
      return [alive, await engine.heartbeat(token), await engine.completeSupervision(token)];
    });

    expect(answers).toEqual(['done', 'gone', 'gone']);
  });

  test('of a session ends the supervision', async () => {
    const session = newSession();
    const script = scriptSession();

    const answer = await harness.withWorkers(script.activities, async () => {
      await engine.startSession(session);
      const token = await firstToken(script);
      const told = await engine.completeSupervision(token);
      await harness.client.workflow.getHandle(sessionWorkflowId(session.guid)).result();
      return told;
    });

    expect(answer).toBe('done');
    // Sessions that earlier tests have left behind may end here too.
    const ends = script.calls.filter(({ name }) => name === 'endSession').map(({ input }) => input);
    expect(ends).toContainEqual(expect.objectContaining({ guid: session.guid, cause: 'left' }));
  });
});

/** A ping has little time, the first one for the connection as well. */
function untilAnswered({ ping }: TemporalEngine): Promise<void> {
  return eventually(async () => {
    expect(await ping()).toBe(true);
  });
}

test('a ping is answered by the namespace, and not by one that does not exist', async () => {
  const elsewhere = createTemporalEngine({ address: testServers().temporalAddress, namespace: 'nowhere', coordinatorIntervalMs: 60_000 });

  await untilAnswered(engine);
  const answer = await elsewhere.ping();
  await elsewhere.close();

  expect(answer).toBe(false);
});

test('closing leaves no connection behind', async () => {
  const proxy = await openProxy();
  const { namespace } = harness.client.options;
  const through = createTemporalEngine({ address: proxy.address, namespace, coordinatorIntervalMs: 60_000 });

  await untilAnswered(through);
  const open = proxy.connections();
  await through.close();

  expect(open).toBe(1);
  await eventually(() => {
    expect(proxy.connections()).toBe(0);
  });
  await proxy.close();
});
