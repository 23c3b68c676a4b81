import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { sessionWorkflowId } from '../../../src/contract/names.ts';
import { SEARCH_ATTRIBUTES } from '../../../src/contract/search-attributes.ts';
import type { Grant } from '../../../src/domain/scheduling/grant.ts';
import { eventually } from '../../support/eventually.ts';
import { scriptWork } from '../../support/scripted-activities.ts';
import { newItem, newSession } from './work-item.ts';
import { openEngine } from './open-engine.ts';
import type { OpenEngine } from './open-engine.ts';

let harness: OpenEngine['harness'];
let engine: OpenEngine['engine'];
let runIdOf: OpenEngine['runIdOf'];
let terminate: OpenEngine['terminate'];
let close: OpenEngine['close'];

beforeAll(async () => {
  ({ harness, engine, runIdOf, terminate, close } = await openEngine());
});

afterAll(() => close());

describe('telling a workflow', () => {
  test('of a grant, that its item has changed, that its time is up, or to stop, says whether it runs', async () => {
    const [item, session] = [newItem(), newSession()];
    const grant: Grant = { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } };

    const tellAll = async () => [
      await engine.tellGrant(item.id, grant, null),
      await engine.changeWork(item),
      await engine.expireWork(item.id, null),
      await engine.stopSession(session.guid, 'idle'),
    ];

    const before = await tellAll();
    await engine.startWork(item);
    await engine.startSession(session);
    const running = await tellAll();
    await terminate(item.workflowId);
    await terminate(sessionWorkflowId(session.guid));
    const after = await tellAll();

    expect([before, running, after]).toEqual([Array(4).fill('not-running'), Array(4).fill('told'), Array(4).fill('not-running')]);
  });

  test('of a grant starts it when it is told with its item, but for one that has ended', async () => {
    const item = newItem();
    const grant: Grant = { grantId: randomUUID(), fence: 1, choice: { kind: 'start', targetId: randomUUID() } };

    const first = await engine.tellGrant(item.id, grant, item);
    const runId = await runIdOf(item.workflowId);
    const again = await engine.tellGrant(item.id, grant, item);
    const { events } = await harness.client.workflow.getHandle(item.workflowId).fetchHistory();
    await terminate(item.workflowId);
    const after = await engine.tellGrant(item.id, grant, item);

    expect([first, again, after]).toEqual(['told', 'told', 'not-running']);
    expect(await runIdOf(item.workflowId)).toBe(runId);
    // The first one came with the start.
    expect(events?.filter(({ workflowExecutionSignaledEventAttributes: signalled }) => signalled?.signalName === 'grant')).toHaveLength(1);
  });

  test.each([
    ['at a target', 'laptop', 'local'],
    ['by an agent that registered by itself', null, null],
  ] as const)('of a grant that starts it shows the attempt %s from the beginning, and need not show it again', async (_where, targetName, mechanism) => {
    const [item, script] = [newItem(), scriptWork()];
    const choice = { kind: 'agent', agentGuid: randomUUID(), targetId: null } as const;
    const grant: Grant = { grantId: randomUUID(), fence: 1, choice, terms: { attempt: 1, targetName, mechanism } };
    const handle = harness.client.workflow.getHandle(item.workflowId);

    await engine.tellGrant(item.id, grant, item);
    const { typedSearchAttributes: shown } = await handle.describe();
    const upserts = await harness.withWorkers(script.activities, async () => {
      const token = await eventually(() => {
        expect(script.tokens).toHaveLength(1);
        return script.tokens[0] ?? Buffer.of();
      });
      await engine.completeAttempt(token, { kind: 'completed', result: { completedAt: '2026-01-01T00:00:00.000Z' } });
      await handle.result();
      return (await handle.fetchHistory()).events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes);
    });

    expect([shown.get(SEARCH_ATTRIBUTES.status), shown.get(SEARCH_ATTRIBUTES.attempt), shown.get(SEARCH_ATTRIBUTES.target) ?? null]).toEqual([
      'assigned',
      1,
      targetName,
    ]);
    expect(upserts).toHaveLength(1);
  });

  test('reaches it with the grant itself', async () => {
    const [item, script] = [newItem(), scriptWork()];
    const grant: Grant = { grantId: randomUUID(), fence: 3, choice: { kind: 'start', targetId: randomUUID() } };

    await harness.withWorkers(script.activities, async () => {
      await engine.startWork(item);
      await engine.tellGrant(item.id, grant, null);
      await eventually(() => {
        expect(script.calls.find(({ name }) => name === 'takeGrant')?.input).toMatchObject({ workId: item.id, grant });
      });
      await terminate(item.workflowId);
    });
  });
});
