import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';

interface BatchAnswer {
  readonly success: string[];
  readonly failed: string[];
  readonly errors: Record<string, string>;
  readonly errorCodes: Record<string, string>;
  readonly notRetriable: string[];
  readonly dryRun: boolean;
  readonly hasMore: boolean;
}

const PAST = '2020-01-01T00:00:00.000Z';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.state = 'here';
  world.engine.calls.length = 0;
});

async function retry(body: object): Promise<BatchAnswer> {
  const answer = await world.post('/api/work/retry-batch', body);
  expect(answer.statusCode).toBe(200);
  return answer.json<BatchAnswer>();
}

async function failedItem(
  { deadline = null, ...body }: { deadline?: string | null; [field: string]: unknown } = {},
  failureClass = 'recoverable',
): Promise<string> {
  const { id } = await world.submit(body);
  const error = JSON.stringify({ message: 'it broke', code: failureClass, recoverable: true, occurredAt: PAST });
  await world.query("update work_items set phase = 'dead-lettered', settled_at = now(), attempts = 3, error = $2, deadline = $3 where id = $1", [
    id,
    error,
    deadline,
  ]);
  world.engine.calls.length = 0;
  return id;
}

async function retriesOf(ids: readonly string[]): Promise<number[]> {
  const rows = await world.query<{ id: string; retries: number }>('select id, retries from work_items where id = any($1)', [ids]);
  return ids.map((id) => rows.find((row) => row.id === id)?.retries ?? -1);
}

describe('a batch of ids', () => {
  test('is driven again item by item, each with its own result, its audit row and its start', async () => {
    const [one, two, late] = [await failedItem(), await failedItem(), await failedItem({ deadline: PAST })];
    const { id: waiting } = await world.submit();
    const nobody = randomUUID();
    world.engine.calls.length = 0;

    const answer = await retry({ workItemIds: [one, waiting, late, nobody, 'no-uuid', two.toUpperCase(), one] });

    expect(answer).toMatchObject({
      success: [one, two],
      failed: [waiting, late, nobody, 'no-uuid'],
      notRetriable: [waiting, late],
      hasMore: false,
      dryRun: false,
    });
    expect(answer.errors[waiting]).toContain('pending state');
    expect(answer.errors[late]).toContain('give a new one');
    expect(answer.errors[nobody]).toContain('no work item');
    expect(await retriesOf([one, two, late, waiting])).toEqual([1, 1, 0, 0]);
    expect([...world.engine.calls].sort()).toEqual([`startWork ${one}`, `startWork ${two}`].sort());
    const audited = await world.query<{ entity_id: string }>("select entity_id from audit where action = 'work.retry'");
    expect(audited.map(({ entity_id }) => entity_id).sort()).toEqual([one, two].sort());
  });

  test('with a new deadline for all takes those whose own has passed', async () => {
    const late = await failedItem({ deadline: PAST });

    expect(await retry({ workItemIds: [late], deadline: '2099-01-01T00:00:00Z' })).toMatchObject({ success: [late] });
    expect((await world.get(`/api/work/${late}`)).json<WorkItem>()).toMatchObject({ status: 'pending', deadline: '2099-01-01T00:00:00.000Z' });
  });

  test('is driven again while the engine is away; the sweeper starts it', async () => {
    const id = await failedItem();
    world.engine.state = 'away';

    expect(await retry({ workItemIds: [id] })).toMatchObject({ success: [id] });
    expect(await retriesOf([id])).toEqual([1]);
  });

  test('that two ask for at once is driven once', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.push(await failedItem());

    const answers = await Promise.all([retry({ workItemIds: ids }), retry({ workItemIds: [...ids].reverse() })]);

    expect(answers.flatMap(({ success }) => success).sort()).toEqual([...ids].sort());
    expect(answers.flatMap(({ notRetriable }) => notRetriable).sort()).toEqual([...ids].sort());
    expect(await retriesOf(ids)).toEqual(ids.map(() => 1));
  });
});

describe('a dry run', () => {
  test('says the same and changes nothing', async () => {
    const [one, late] = [await failedItem(), await failedItem({ deadline: PAST })];
    const body = { workItemIds: [one, late, 'nobody'] };

    const foreseen = await retry({ ...body, dryRun: true });
    expect(await retriesOf([one, late])).toEqual([0, 0]);
    expect(world.engine.calls).toEqual([]);
    const done = await retry(body);

    expect(foreseen).toMatchObject({ dryRun: true, success: [one], failed: [late, 'nobody'], notRetriable: [late] });
    expect({ ...done, completedAt: '', dryRun: true }).toEqual({ ...foreseen, completedAt: '' });
  });
});

describe('a batch by filter', () => {
  test.each([
    ['nothing else', {}, ['A', 'B', 'C']],
    ['their status', { status: 'failed' }, ['A', 'B', 'C']],
    ['their class', { failureClass: 'lost' }, ['B', 'C']],
    ['their boundary', { boundary: 'b-1' }, ['A', 'B']],
    ['their capability', { capability: 'c-2', failureClass: 'lost' }, ['B', 'C']],
    ['at least a priority', { minPriority: 6 }, ['C']],
    ['a time after which none failed', { updatedAfter: '2100-01-01T00:00:00Z' }, []],
    ['a time before which all failed', { updatedBefore: '2100-01-01T00:00:00Z' }, ['A', 'B', 'C']],
  ])('takes failed items by %s', async (_what, filter, expected) => {
    const projectId = randomUUID();
    await failedItem({ projectId, taskId: 'A', boundary: 'b-1', capability: 'c-1' });
    await failedItem({ projectId, taskId: 'B', boundary: 'b-1', capability: 'c-2' }, 'lost');
    await failedItem({ projectId, taskId: 'C', boundary: 'b-2', capability: 'c-2', priority: 6 }, 'lost');
    await world.submit({ projectId, taskId: 'D', boundary: 'b-1' });

    const answer = await retry({ projectId, filter });

    const rows = await world.query<{ task_id: string }>('select task_id from work_items where project_id = $1 and retries = 1', [projectId]);
    expect(rows.map(({ task_id }) => task_id).sort()).toEqual(expected);
    expect(answer.failed).toEqual([]);
  });

  test('of more than a thousand goes on with the next call, and items past their deadline hide no others', async () => {
    await world.query("insert into projects (id) values ('crowd')");
    await world.query(`insert into work_items (id, project_id, task_id, capability, boundary, description, priority, limits, offered_by, phase, deadline)
      select gen_random_uuid(), 'crowd', 'T', 'build', 'personal', 'd', 5, '{}', 'test', 'dead-lettered', case when n <= 1000 then timestamptz '2020-01-01' end
      from generate_series(1, 1003) n`);

    const answer = await retry({ projectId: 'crowd', filter: {} });
    const next = await retry({ projectId: 'crowd', filter: {}, dryRun: true });

    // On a slow machine one request does not come to all of them.
    const left = Object.values(answer.errorCodes).filter((code) => code === 'OUT_OF_TIME').length;
    expect([answer.success.length, answer.notRetriable.length + left, answer.hasMore]).toEqual([3, 997, true]);
    expect([next.success.length, next.notRetriable.length, next.hasMore]).toEqual([0, 1000, false]);
  });
});

describe('the list of work items', () => {
  test('has those that failed with a class', async () => {
    const projectId = randomUUID();
    await failedItem({ projectId });
    const id = await failedItem({ projectId }, 'idle');
    await world.submit({ projectId });

    const list = async (query: string) => (await world.get(`/api/work?projectId=${projectId}&${query}`)).json<{ workItems: WorkItem[] }>().workItems;

    expect(await list('failureClass=idle')).toMatchObject([{ id, status: 'failed', error: { code: 'idle' } }]);
    expect(await list('failureClass=idle&status=pending')).toEqual([]);
    expect((await world.get('/api/work?failureClass=bad-luck')).statusCode).toBe(400);
  });
});

test.each([
  ['neither filter nor ids', {}, 'Either filter or workItemIds must be provided'],
  ['too many ids', { workItemIds: Array.from({ length: 1001 }, () => 'x') }, 'workItemIds'],
  ['a class that is none', { filter: { failureClass: 'bad-luck' } }, 'failureClass'],
  ['a status that is not of failed items', { filter: { status: 'pending' } }, 'status'],
  ['a deadline that is none', { workItemIds: [], deadline: 'soon' }, 'deadline'],
])('with %s it is refused', async (_what, body, message) => {
  const answer = await world.post('/api/work/retry-batch', body);

  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ message: string }>().message).toContain(message);
});

test('items of projects that do not exist for the caller do not exist', async () => {
  const operator = { authorization: 'Bearer an-operators-token' };
  const guarded = await openWorld({ tokens: ['an-operators-token'] });
  try {
    const made = await guarded.post('/api/tokens', { name: 'one', scopes: ['work:write'], projects: ['one'] }, operator);
    const bound = { authorization: `Bearer ${made.json<{ token: string }>().token}` };
    const body = { boundary: 'personal', capability: 'build', description: 'Build it.', projectId: 'two' };
    const { id } = (await guarded.post('/api/work', body, operator)).json<{ id: string }>();
    await guarded.query("update work_items set phase = 'dead-lettered' where id = $1", [id]);

    const named = await guarded.post('/api/work/retry-batch', { workItemIds: [id] }, bound);
    const filtered = await guarded.post('/api/work/retry-batch', { projectId: 'two', filter: {} }, bound);

    expect(named.json()).toMatchObject({ success: [], failed: [id], notRetriable: [], errors: { [id]: expect.stringContaining('no work item') } });
    expect(filtered.statusCode).toBe(404);
  } finally {
    await guarded.close();
  }
});
