import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { submitBatch } from '../../api/operations/submit-batch.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { AUTHOR } from '../support/author.ts';
import { openWorld, readable, WORK } from './api-world.ts';
import type { World } from './api-world.ts';

interface BatchAnswer {
  readonly results: { index: number; ok: boolean; workItem?: WorkItem; error?: { code: string; message: string; details?: object } }[];
  readonly count: number;
  readonly failedCount: number;
  readonly totalProcessed: number;
}

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.state = 'here';
  world.engine.calls.length = 0;
});

async function submit(items: unknown[], body: object = {}, headers: Record<string, string> = {}): Promise<BatchAnswer> {
  const answer = await world.post('/api/work/batch', { items, ...body }, headers);
  expect(answer.statusCode).toBe(200);
  return answer.json<BatchAnswer>();
}

test('good items are accepted beside bad ones, each with its own result', async () => {
  const good = { ...WORK, taskId: 'T-good', contextData: { a: [1] }, deadline: '2100-01-01T00:00:00.000Z', priority: 9 };
  const bad = [{ ...WORK, priority: 11 }, null, 'text', {}, { ...WORK, description: 'half \ud800' }, { ...WORK, projectId: 'no spaces' }];

  const answer = await submit([good, ...bad, { ...WORK, classification: 'x' }]);

  expect(answer.results.map(({ index, ok }) => [index, ok])).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((index) => [index, index === 0 || index === 7]));
  expect(answer).toMatchObject({ count: 2, failedCount: 6, totalProcessed: 8 });
  for (const { ok, error } of answer.results.filter((result) => !result.ok)) expect([ok, error?.code]).toEqual([false, 'BAD_REQUEST']);
  expect(answer.results[1]?.error?.details).toMatchObject({ validationErrors: [{ field: '/body/items/1/priority' }] });
  expect(JSON.stringify(answer.results[4]?.error)).toContain('classification is required');
  const accepted = answer.results[0]?.workItem;
  expect(accepted).toMatchObject({ ...good, status: 'pending', phase: 'waiting' });
  expect(readable((await world.get(`/api/work/${String(accepted?.id)}`)).json<WorkItem>())).toEqual(readable(accepted ?? {}));
  expect(world.engine.calls.filter((call) => call.startsWith('startWork'))).toHaveLength(2);
});

test('an item of a batch leaves the same traces as one that comes alone', async () => {
  const body = { ...WORK, taskId: 'T-trace', description: 'x'.repeat(300) };
  const alone = (await world.post('/api/work', body)).json<WorkItem>();
  const [result] = (await submit([body])).results;
  const traces = async (id: string) => {
    const events = await world.query("select seq, type, data - 'workId' as data, project_id from events where entity_id = $1", [id]);
    return [events, await world.query('select action, entity_type, project_id, before, after, actor from audit where entity_id = $1', [id])];
  };

  expect(await traces(String(result?.workItem?.id))).toEqual(await traces(alone.id));
});

test('a thousand items are accepted at once, in order', async () => {
  const items = Array.from({ length: 1000 }, (_, n) => ({ ...WORK, taskId: `T-${String(n)}`, projectId: 'thousand' }));
  const send = () => submit(items, {}, { 'idempotency-key': 'thousand' });

  let answer = await send();
  // On a slow machine one request does not come to all of them.
  while (answer.results.some(({ error }) => error?.code === 'OUT_OF_TIME')) answer = await send();

  expect(answer).toMatchObject({ count: 1000, failedCount: 0 });
  expect(answer.results.map(({ workItem }) => workItem?.taskId)).toEqual(Array.from({ length: 1000 }, (_, n) => `T-${String(n)}`));
  expect(await world.query("select count(*)::int as n from work_items where project_id = 'thousand'")).toEqual([{ n: 1000 }]);
});

test('while the engine is away all are accepted, and it is not asked for each', async () => {
  world.engine.state = 'away';

  const answer = await submit(Array.from({ length: 60 }, () => WORK));

  expect(answer.count).toBe(60);
  expect(world.engine.calls.length).toBeLessThanOrEqual(16);
});

describe('items that depend on others of their batch', () => {
  test('are accepted after those, wherever they stand, and wait for them', async () => {
    const earlier = await world.submit();
    const { results, count } = await submit([
      { ...WORK, taskId: 'deploy', dependsOn: ['#test', earlier.id], onDependencyFailure: 'release' },
      { ...WORK, taskId: 'test', dependsOn: ['#build'] },
      { ...WORK, taskId: 'build' },
    ]);

    const [deploy, check, build] = results.map(({ workItem }) => workItem);
    expect(count).toBe(3);
    expect([...(deploy?.dependsOn ?? [])].sort()).toEqual([check?.id, earlier.id].sort());
    expect(deploy?.onDependencyFailure).toBe('release');
    expect(check).toMatchObject({ dependsOn: [build?.id], onDependencyFailure: 'fail', waitsFor: [build?.id] });
    expect(build?.dependsOn).toBeUndefined();
  });

  test('are refused with those, in a circle, and where it is not clear who is meant; the others are accepted', async () => {
    const { results } = await submit([
      { ...WORK, taskId: 'bad', priority: 11 },
      { ...WORK, dependsOn: ['#bad'] },
      { ...WORK, taskId: 'a', dependsOn: ['#b'] },
      { ...WORK, taskId: 'b', dependsOn: ['#a'] },
      { ...WORK, dependsOn: ['#nobody'] },
      { ...WORK, taskId: 'good' },
      { ...WORK, projectId: 'elsewhere', dependsOn: ['#good'] },
      { ...WORK, dependsOn: ['#good', 'no id'] },
    ]);

    expect(results.map(({ ok }) => ok)).toEqual([false, false, false, false, false, true, false, false]);
    for (const { ok, error, index } of results.filter((result) => !result.ok)) expect([index, ok, error?.code]).toEqual([index, false, 'BAD_REQUEST']);
    expect(results[1]?.error).toMatchObject({
      message: expect.stringContaining('item 0 of the batch, which it depends on, was not accepted'),
      details: { validationErrors: [{ field: '/body/items/1/dependsOn' }] },
    });
    expect(results[3]?.error?.message).toContain('circle');
    expect(results[4]?.error?.message).toContain('no item of the batch has the taskId "nobody"');
  });

  test('are the same ones when the batch is repeated after only a part of it was accepted', async () => {
    const items = [
      { ...WORK, taskId: 'third', dependsOn: ['#second'] },
      { ...WORK, taskId: 'second', dependsOn: ['#first'] },
      { ...WORK, taskId: 'first' },
    ];
    const batch = { items, projectOf: () => 'default', author: AUTHOR, idempotencyKey: `k-${randomUUID()}` };
    let writes = 0;
    const time = { mayWrite: () => ++writes <= 2, tellUntilMs: Number.POSITIVE_INFINITY };

    const cut = await submitBatch(world.deps, batch, { log: world.app.log, time });
    const repeated = await submitBatch(world.deps, batch, { log: world.app.log });
    const again = await submitBatch(world.deps, batch, { log: world.app.log });

    expect(cut.results.map((result) => (result.ok ? 'accepted' : result.error.code))).toEqual(['OUT_OF_TIME', 'accepted', 'accepted']);
    const ids = (answer: typeof cut) => answer.results.map((result) => (result.ok ? result.workItem.id : null));
    expect(ids(repeated).slice(1)).toEqual(ids(cut).slice(1));
    expect(ids(again)).toEqual(ids(repeated));
    expect(repeated.results[0]).toMatchObject({ ok: true, workItem: { dependsOn: [ids(repeated)[1]] } });
  });
});

test('items go to the project of the batch unless they name their own', async () => {
  const [mine, theirs] = (await submit([WORK, { ...WORK, projectId: 'own' }], { projectId: 'of-the-batch' })).results;

  expect([mine?.workItem?.projectId, theirs?.workItem?.projectId]).toEqual(['of-the-batch', 'own']);
});

test('items of projects that do not exist for the caller are refused one by one', async () => {
  const guarded = await openWorld({ tokens: ['operator-token'] });
  try {
    const operator = { authorization: 'Bearer operator-token' };
    const made = await guarded.post('/api/tokens', { name: 'one', scopes: ['work:write'], projects: ['one'] }, operator);
    const headers = { authorization: `Bearer ${made.json<{ token: string }>().token}` };

    const answer = await guarded.post('/api/work/batch', { items: [WORK, { ...WORK, projectId: 'two' }] }, headers);

    expect(answer.json()).toMatchObject({
      count: 1,
      results: [
        { ok: true, workItem: { projectId: 'one' } },
        { ok: false, error: { code: 'NOT_FOUND' } },
      ],
    });
    expect(await guarded.query("select 1 from projects where id = 'two'")).toEqual([]);
  } finally {
    await guarded.close();
  }
});

test.each([
  ['no items', { items: [] }],
  ['too many items', { items: Array.from({ length: 1001 }, () => null) }],
  ['items that are no list', { items: 'all' }],
  ['nothing', {}],
])('a batch of %s is refused as a whole', async (_what, body) => {
  expect((await world.post('/api/work/batch', body)).statusCode).toBe(400);
});

test('one item that the ledger cannot take does not stop the others of its transaction', async () => {
  const id = randomUUID();
  await world.query(`create function refuse_one() returns trigger language plpgsql as $$ begin
    if new.task_id = '${id}' then raise exception 'no'; end if; return new; end $$`);
  await world.query('create trigger refuse_one before insert on work_items for each row execute function refuse_one()');

  const answer = await submit([WORK, { ...WORK, taskId: id }, WORK]);

  expect(answer.results.map(({ ok, error }) => [ok, error?.code])).toEqual([
    [true, undefined],
    [false, 'INTERNAL'],
    [true, undefined],
  ]);
});
