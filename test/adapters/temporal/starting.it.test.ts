import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { NativeConnection } from '@temporalio/worker';
import { createTemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { TemporalEngine } from '../../../src/adapters/temporal/index.ts';
import type { Grant } from '../../../src/domain/scheduling/grant.ts';
import { eventually } from '../../support/eventually.ts';
import { scriptWork } from '../../support/scripted-activities.ts';
import { testServers } from '../../support/servers.ts';
import { createWorkflowHarness } from '../../support/workflow-harness.ts';
import type { WorkflowHarness } from '../../support/workflow-harness.ts';
import { openProxy } from './proxy.ts';
import { newItem } from './work-item.ts';

// The adapter's own limit is 5 s; the machine may be busy.
const BOUND_MS = 20_000;
const COMPLETED = { kind: 'completed', result: { completedAt: '2026-01-01T00:00:00.000Z' } } as const;

let harness: WorkflowHarness;
let engine: TemporalEngine;

beforeAll(async () => {
  harness = await createWorkflowHarness();
  engine = createEngine(harness.workers);
});

afterAll(async () => {
  await engine.close();
  await harness.close();
});

function createEngine(workers: NativeConnection): TemporalEngine {
  return createTemporalEngine({
    address: testServers().temporalAddress,
    namespace: harness.client.options.namespace,
    coordinatorIntervalMs: 60_000,
    workers,
  });
}

function newGrant(): Grant {
  const choice = { kind: 'agent', agentGuid: randomUUID(), targetId: null } as const;
  return { grantId: randomUUID(), fence: 1, choice, terms: { attempt: 1, targetName: null, mechanism: null } };
}

/** Completes the item when its agent is awaited; returns what its history says of its start, and how often it was signalled. */
async function complete(workflowId: string, script: ReturnType<typeof scriptWork>) {
  const token = await eventually(() => {
    expect(script.tokens).toHaveLength(1);
    return script.tokens[0] ?? Buffer.of();
  });
  await engine.completeAttempt(token, COMPLETED);
  const handle = harness.client.workflow.getHandle(workflowId);
  await handle.result();
  const { events } = await handle.fetchHistory();
  return {
    begunAtOnce: events?.[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted,
    signals: events?.filter((event) => event.workflowExecutionSignaledEventAttributes).length,
  };
}

test('what is started beside its workers begins with them at once, with its grant', async () => {
  const [item, script] = [newItem(), scriptWork()];

  const history = await harness.withWorkers(script.activities, async () => {
    await engine.tellGrant(item.id, newGrant(), item);
    return complete(item.workflowId, script);
  });

  expect(history).toEqual({ begunAtOnce: true, signals: 0 });
});

test('what is started while no worker has a place for it waits for one', async () => {
  const [item, script] = [newItem(), scriptWork()];

  await engine.tellGrant(item.id, newGrant(), item);
  const history = await harness.withWorkers(script.activities, () => complete(item.workflowId, script));

  expect(history).toEqual({ begunAtOnce: false, signals: 0 });
});

test('what runs already hears of its grant by a signal', async () => {
  const [item, script] = [newItem(), scriptWork()];

  const history = await harness.withWorkers(script.activities, async () => {
    await engine.startWork(item);
    await engine.tellGrant(item.id, newGrant(), item);
    return complete(item.workflowId, script);
  });

  expect(history).toEqual({ begunAtOnce: true, signals: 1 });
});

test('a start says in bounded time that Temporal has gone', async () => {
  const proxy = await openProxy();
  const workers = await NativeConnection.connect({ address: proxy.address });
  const cutOff = createEngine(workers);
  await proxy.close();
  const startedAt = performance.now();

  await expect(cutOff.startWork(newItem())).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });

  expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
  await cutOff.close();
  await workers.close();
});
