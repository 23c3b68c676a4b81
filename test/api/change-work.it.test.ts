import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import { openWorld, WORK } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.state = 'here';
});

async function failedItem(body: object = {}): Promise<string> {
  const { id } = await world.submit(body);
  await world.query("update work_items set phase = 'dead-lettered', settled_at = now() where id = $1", [id]);
  world.engine.calls.length = 0;
  return id;
}

describe('a retry', () => {
  test('makes a failed item wait again, and starts it', async () => {
    const id = await failedItem();

    const answer = await world.post(`/api/work/${id}/retry`);

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ success: true, workItem: { id, status: 'pending', retries: 1 } });
    expect(world.engine.calls).toEqual([`startWork ${id}`]);
  });

  test('of an item that has not failed is refused, with its state', async () => {
    const { id } = await world.submit();
    world.engine.calls.length = 0;

    const answer = await world.post(`/api/work/${id}/retry`, {});

    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('pending state'), details: { phase: 'waiting' } });
    expect(world.engine.calls).toEqual([]);
  });

  test('holds while the engine is away', async () => {
    const id = await failedItem();
    world.engine.state = 'away';

    expect((await world.post(`/api/work/${id}/retry`)).statusCode).toBe(200);
    expect(await world.ledger.work.find(id)).toMatchObject({ phase: 'accepted' });
  });

  test('past the deadline says what to send', async () => {
    const id = await failedItem();
    await world.query("update work_items set deadline = '2020-01-01' where id = $1", [id]);

    const refused = await world.post(`/api/work/${id}/retry`);
    expect([refused.statusCode, refused.json<{ message: string }>().message]).toEqual([409, expect.stringContaining('deadline')]);
    expect((await world.post(`/api/work/${id}/retry`, { deadline: null })).statusCode).toBe(200);
  });

  test('of nothing is not found', async () => {
    expect((await world.post('/api/work/no-uuid/retry')).statusCode).toBe(404);
  });
});

describe('a change', () => {
  const patch = (id: string, payload: object) => world.request('PATCH', `/api/work/${id}`, { payload });

  test('of priority and deadline is answered with the item, and tells the coordinator and its workflow', async () => {
    const { id } = await world.submit({ priority: 3, deadline: '2100-01-01T00:00:00.000Z' });
    world.engine.calls.length = 0;

    const answer = await patch(id, { priority: 8, deadline: null });

    expect(answer.statusCode).toBe(200);
    expect(answer.json<WorkItem>()).toMatchObject({ id, priority: 8 });
    expect(answer.json()).not.toHaveProperty('deadline');
    expect(world.engine.calls).toEqual(['wakeCoordinator', `changeWork ${id} 8 none`]);
  });

  test('to what it was tells nobody', async () => {
    const { id } = await world.submit({ priority: 3 });
    world.engine.calls.length = 0;

    expect((await patch(id, { priority: 3 })).statusCode).toBe(200);

    expect(world.engine.calls).toEqual([]);
  });

  test('holds while the engine is away', async () => {
    const { id } = await world.submit({ priority: 3 });
    world.engine.state = 'away';

    expect((await patch(id, { priority: 8 })).json<WorkItem>()).toMatchObject({ priority: 8 });
  });

  test.each([
    ['nothing', {}],
    ['a priority that is none', { priority: 11 }],
    ['a deadline that is none', { deadline: 'soon' }],
    ['an earliest start that is none', { notBefore: 'soon' }],
    ['only what cannot be changed', { status: 'completed' }],
  ])('to %s is refused', async (_what, payload) => {
    const { id } = await world.submit();

    expect((await patch(id, payload)).statusCode).toBe(400);
  });

  test('of the earliest start holds until the item has started, and is refused where the deadline leaves no time', async () => {
    const { id } = await world.submit({ deadline: '2100-01-01T00:00:00.000Z' });

    expect((await patch(id, { notBefore: '2099-01-01T00:00:00.000Z' })).json()).toMatchObject({ notBefore: '2099-01-01T00:00:00.000Z' });
    expect((await patch(id, { notBefore: '2100-01-01T00:00:00.000Z' })).statusCode).toBe(400);
    expect((await patch(id, { notBefore: null })).json()).not.toHaveProperty('notBefore');

    await world.query("update work_items set phase = 'starting', attempts = 1 where id = $1", [id]);
    const late = await patch(id, { notBefore: '2099-01-01T00:00:00.000Z' });
    expect([late.statusCode, late.json<{ message: string }>().message]).toEqual([409, expect.stringContaining('has started')]);
  });

  test('to a deadline that has passed is refused as it is when an item is submitted', async () => {
    const { id } = await world.submit({ deadline: '2100-01-01T00:00:00.000Z' });
    const late = { deadline: '2020-01-01T00:00:00.000Z' };
    const refusal = {
      code: 'BAD_REQUEST',
      details: { validationErrors: [{ field: '/body/deadline', message: expect.stringMatching(/^has passed \(it is .+ now\)$/) }] },
    };

    for (const answer of [await world.post('/api/work', { ...WORK, ...late }), await patch(id, late)]) {
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        expect.objectContaining({ message: expect.stringMatching(/^The request is not valid: \/body\/deadline: has passed/) }),
      ]);
      expect(answer.json()).toMatchObject(refusal);
    }
    expect(await world.ledger.work.find(id)).toMatchObject({ deadline: '2100-01-01T00:00:00.000Z' });
  });

  test('of the priority of an item whose deadline has passed meanwhile holds', async () => {
    const { id } = await world.submit({ priority: 3 });
    await world.query("update work_items set deadline = '2020-01-01' where id = $1", [id]);

    expect((await patch(id, { priority: 8 })).json()).toMatchObject({ priority: 8, deadline: '2020-01-01T00:00:00.000Z' });
  });

  test('of an item that has ended is refused, with its state', async () => {
    const answer = await patch(await failedItem(), { priority: 1 });

    expect(answer.statusCode).toBe(409);
    expect(answer.json<{ message: string }>().message).toContain('failed state');
  });

  test('of nothing is not found', async () => {
    expect((await patch('7d9a0a3e-1111-4222-8333-444455556666', { priority: 1 })).statusCode).toBe(404);
  });
});
