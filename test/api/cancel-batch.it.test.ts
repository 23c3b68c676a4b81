import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { cancelBatch } from '../../api/operations/cancel-batch.ts';
import { AUTHOR } from '../support/author.ts';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';

interface BatchAnswer {
  readonly success: string[];
  readonly failed: string[];
  readonly count: number;
  readonly errors: Record<string, string>;
  readonly errorCodes: Record<string, string>;
  readonly totalProcessed: number;
  readonly successRate: number;
  readonly cancelledItems: string[];
  readonly reassignedItems: string[];
  readonly waitingItems: string[];
  readonly notCancellable: string[];
  readonly hasMore: boolean;
}

const TOKEN = 'an-operators-token';
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.state = 'here';
  world.engine.cancelAnswer = 'cancelling';
  world.engine.calls.length = 0;
});

async function cancel(body: object): Promise<BatchAnswer> {
  const answer = await world.post('/api/work/cancel-batch', body);
  expect(answer.statusCode).toBe(200);
  return answer.json<BatchAnswer>();
}

async function submitted(body: object = {}): Promise<string> {
  const { id } = await world.submit(body);
  world.engine.calls.length = 0;
  return id;
}

async function end(id: string, phase: string): Promise<void> {
  await world.query('update work_items set phase = $1, settled_at = now() where id = $2', [phase, id]);
}

async function wishes(): Promise<(string | null)[]> {
  return (await world.query<{ id: string }>('select id from work_items where cancel_requested_at is not null')).map(({ id }) => id);
}

describe('a batch of ids', () => {
  test('is cancelled item by item, each with its own result', async () => {
    const [one, two, done, failed, gone] = [await submitted(), await submitted(), await submitted(), await submitted(), await submitted()];
    await end(done, 'completed');
    await end(failed, 'dead-lettered');
    await end(gone, 'cancelled');
    const nobody = randomUUID();

    const answer = await cancel({ workItemIds: [one, done, nobody, 'no-uuid', two.toUpperCase(), failed, gone, one], reason: 'resource-constraint' });

    expect(answer).toMatchObject({
      success: [one, two, gone],
      failed: [done, nobody, 'no-uuid', failed],
      count: 3,
      totalProcessed: 7,
      cancelledItems: [one, two, gone],
      reassignedItems: [],
      notCancellable: [done, failed],
      hasMore: false,
    });
    expect(answer.successRate).toBeCloseTo(300 / 7);
    expect(answer.errors[done]).toContain('completed state');
    expect(answer.errors[failed]).toContain('failed state');
    expect(answer.errors[nobody]).toContain('no work item');
    expect(answer.errorCodes).toEqual({ [done]: 'CONFLICT', [failed]: 'CONFLICT', [nobody]: 'NOT_FOUND', 'no-uuid': 'NOT_FOUND' });
    expect(await wishes()).toEqual(expect.arrayContaining([one, two]));
    expect([...world.engine.calls].sort()).toEqual([`cancelWork ${one} resource-constraint`, `cancelWork ${two} resource-constraint`].sort());
  });

  test('says of what its time did not suffice for that nothing was done, and goes on when it is asked again', async () => {
    const ids = [await submitted(), await submitted(), await submitted()];
    let begun = 0;
    const time = { mayWrite: () => ++begun <= 1, tellUntilMs: Number.POSITIVE_INFINITY };
    const body = { workItemIds: ids, reason: 'user-requested' as const, reassign: false };

    const cut = await cancelBatch(world.deps, { body, projectId: 'default', mayReach: () => true, author: AUTHOR }, { log: world.app.log, time });
    const wished = await wishes();
    const again = await cancel({ workItemIds: ids });

    expect(cut).toMatchObject({ success: ids.slice(0, 1), failed: ids.slice(1), totalProcessed: 3 });
    expect(cut.errorCodes).toEqual(Object.fromEntries(ids.slice(1).map((id) => [id, 'OUT_OF_TIME'])));
    expect(wished).toContain(ids[0]);
    for (const id of ids.slice(1)) expect(wished).not.toContain(id);
    expect(again).toMatchObject({ success: ids, failed: [], errorCodes: {} });
  });

  test('that is empty does nothing', async () => {
    expect(await cancel({ workItemIds: [] })).toMatchObject({ success: [], failed: [], count: 0, totalProcessed: 0, successRate: 0 });
  });

  test('with a filter is cancelled where the filter holds', async () => {
    const urgent = await submitted({ priority: 9 });
    const other = await submitted({ priority: 2 });

    const answer = await cancel({ workItemIds: [urgent, other], filter: { minPriority: 5 } });

    expect(answer).toMatchObject({ success: [urgent], failed: [other] });
    expect(answer.errors[other]).toContain('filter');
  });

  test.each(['away', 'broken'] as const)('is cancelled while the engine is %s, which is asked no more often than needed', async (state) => {
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await submitted());
    world.engine.state = state;
    world.engine.calls.length = 0;

    expect(await cancel({ workItemIds: ids })).toMatchObject({ count: 40, successRate: 100 });
    expect(await wishes()).toEqual(expect.arrayContaining(ids));
    expect(world.engine.calls.length).toBeLessThanOrEqual(16);
  });
});

describe('a batch by filter', () => {
  test.each([
    ['its boundary', { boundary: 'b-1' }, ['A', 'B']],
    ['its capability', { capability: 'c-2' }, ['B', 'C']],
    ['at least a priority', { minPriority: 6 }, ['C']],
    ['its status', { status: 'pending' }, ['A', 'B', 'C']],
    ['an agent that nobody knows', { assignedTo: 'nobody' }, []],
    ['nothing but not to have ended', {}, ['A', 'B', 'C']],
  ])('cancels what has %s', async (_what, filter, expected) => {
    const projectId = randomUUID();
    await submitted({ projectId, taskId: 'A', boundary: 'b-1', capability: 'c-1' });
    await submitted({ projectId, taskId: 'B', boundary: 'b-1', capability: 'c-2' });
    await submitted({ projectId, taskId: 'C', boundary: 'b-2', capability: 'c-2', priority: 6 });
    await end(await submitted({ projectId, taskId: 'D', boundary: 'b-1' }), 'completed');

    const answer = await cancel({ projectId, filter });

    const rows = await world.query<{ task_id: string }>('select task_id from work_items where project_id = $1 and cancel_requested_at is not null', [
      projectId,
    ]);
    expect(rows.map(({ task_id }) => task_id).sort()).toEqual(expected);
    expect([answer.cancelledItems.length, answer.failed.length]).toEqual([expected.length, 0]);
  });

  test('for a status of items that have ended names them, and cancels nothing', async () => {
    const projectId = randomUUID();
    const id = await submitted({ projectId });
    await end(id, 'dead-lettered');

    const answer = await cancel({ projectId, filter: { status: 'failed' } });

    expect(answer).toMatchObject({ success: [], failed: [id], notCancellable: [id] });
  });

  test('of more than a thousand cancels a thousand and says that there are more', async () => {
    await world.query("insert into projects (id) values ('crowd')");
    await world.query(`insert into work_items (id, project_id, task_id, capability, boundary, description, priority, limits, offered_by)
      select gen_random_uuid(), 'crowd', 'T', 'build', 'personal', 'd', 5, '{}', 'test' from generate_series(1, 1003)`);

    const answers = [await cancel({ projectId: 'crowd', filter: {} })];
    // On a slow machine one request does not come to all of them.
    for (let last = answers[0]; last?.hasMore === true || (last?.failed.length ?? 0) > 0; last = answers.at(-1))
      answers.push(await cancel({ projectId: 'crowd', filter: {} }));

    expect(answers[0]).toMatchObject({ totalProcessed: 1000, hasMore: true });
    expect(new Set(answers.flatMap(({ success }) => success)).size).toBe(1003);
    expect(answers.every(({ errorCodes }) => Object.values(errorCodes).every((code) => code === 'OUT_OF_TIME'))).toBe(true);
  });
});

test('an item that no agent has is not cancelled when it is to be reassigned: it waits where it stood', async () => {
  const projectId = randomUUID();
  const id = await submitted({ projectId });
  await submitted({ projectId });
  const places = () => world.query('select work_id, enqueued_at from queue where project_id = $1 order by enqueued_at', [projectId]);
  const before = await places();

  const answer = await cancel({ workItemIds: [id], reassign: true });

  expect(answer).toMatchObject({ success: [id], waitingItems: [id], cancelledItems: [], reassignedItems: [], failed: [] });
  expect((await world.get(`/api/work/${id}`)).json()).toMatchObject({ status: 'pending', phase: 'waiting' });
  expect(await places()).toEqual(before);
  expect(before).toHaveLength(2);
  expect(world.engine.calls).toEqual([]);
});

test.each([
  ['neither filter nor ids', {}, 'Either filter or workItemIds must be provided'],
  ['a reason that is none', { workItemIds: [], reason: 'because' }, 'reason'],
  ['too many ids', { workItemIds: Array.from({ length: 1001 }, () => 'x') }, 'workItemIds'],
  ['a status that is none', { filter: { status: 'asleep' } }, 'status'],
  ['ids that are no texts', { workItemIds: [1] }, 'workItemIds'],
])('with %s it is refused', async (_what, body, message) => {
  const answer = await world.post('/api/work/cancel-batch', body);

  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ message: string }>().message).toContain(message);
});

test('items of projects that do not exist for the caller do not exist', async () => {
  const guarded = await openWorld({ tokens: [TOKEN] });
  try {
    const made = await guarded.post('/api/tokens', { name: 'one', scopes: ['work:write'], projects: ['one'] }, AUTHORIZED);
    const { token } = made.json<{ token: string }>();
    const body = { boundary: 'personal', capability: 'build', description: 'Build it.', projectId: 'two' };
    const { id } = (await guarded.post('/api/work', body, AUTHORIZED)).json<{ id: string }>();

    const answer = await guarded.post('/api/work/cancel-batch', { workItemIds: [id] }, { authorization: `Bearer ${token}` });

    expect(answer.json()).toMatchObject({
      success: [],
      failed: [id],
      cancelledItems: [],
      notCancellable: [],
      errors: { [id]: expect.stringContaining('no work item') },
    });
    const foreign = await guarded.post('/api/work/cancel-batch', { projectId: 'two', filter: {} }, { authorization: `Bearer ${token}` });
    expect(foreign.statusCode).toBe(404);
  } finally {
    await guarded.close();
  }
});
