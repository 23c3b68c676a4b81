import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TrackedSpinUp } from '../../src/domain/spin-ups/spin-up.ts';
import type { Target } from '../../src/domain/targets/target.ts';
import { openWorld, TARGET } from './api-world.ts';
import type { World } from './api-world.ts';

const BOUNDS = { queueMax: 10, grantsMax: 10, resendMs: 60_000 };

let world: World;
let target: Target;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.engine.state = 'here';
  await world.query('delete from spin_ups');
  await world.query('delete from sessions');
  await world.query('delete from targets');
  target = (await world.post('/api/targets', TARGET)).json<Target>();
  world.engine.calls.length = 0;
});

async function spinUp(idOrName: string): Promise<{ operationId: string }> {
  const answer = await world.post(`/api/targets/${idOrName}/spin-up`);
  expect(answer.statusCode).toBe(200);
  return answer.json<{ operationId: string }>();
}

describe('asking for an agent', () => {
  test.each([
    ['without a body', undefined],
    ['with an empty body', {}],
  ])('by name %s is accepted, and wakes the coordinator', async (_name, body) => {
    const answer = await world.post('/api/targets/laptop/spin-up', body);

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      success: true,
      operationId: expect.any(String),
      targetId: target.id,
      targetName: 'laptop',
      status: 'in-progress',
      timestamp: expect.any(String),
    });
    expect(world.engine.calls).toEqual(['wakeCoordinator']);
  });

  test('again while one is in flight answers that one, by id as by name', async () => {
    const [one, other] = [await spinUp('laptop'), await spinUp(target.id)];

    expect(other).toEqual(one);
  });

  test('is accepted also while Temporal is away', async () => {
    world.engine.state = 'away';

    expect(await spinUp('laptop')).toMatchObject({ status: 'in-progress' });
  });

  test('for an unknown target is answered with 404', async () => {
    const answer = await world.post('/api/targets/nope/spin-up');

    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'NOT_FOUND', error: 'Target not found: nope.' });
  });

  test('for a disabled target is answered with 409 and what to do, and accepted when it is enabled again', async () => {
    await world.post('/api/targets/laptop/disable');

    const answer = await world.post('/api/targets/laptop/spin-up');

    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'CONFLICT', error: 'The target "laptop" is disabled, so nothing is started there; enable it first.' });
    await world.post('/api/targets/laptop/enable');
    await spinUp('laptop');
  });

  test('that still waits when its target is disabled fails', async () => {
    const { operationId } = await spinUp('laptop');
    await world.post('/api/targets/laptop/disable');

    await world.ledger.slots.grantSlots(BOUNDS);

    const over = (await world.get(`/api/spin-ups/${operationId}`)).json<TrackedSpinUp>();
    expect(over).toMatchObject({ status: 'failed', error: 'The target was removed or disabled.' });
  });

  test('for a target that cannot start anything is answered with 400 and what to do', async () => {
    await world.query("update targets set mechanism = 'webhook'");

    const answer = await world.post('/api/targets/laptop/spin-up');

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'TARGET_MISCONFIGURED', message: expect.stringContaining('cannot start agents by "webhook"') });
  });
});

describe('a spin-up', () => {
  test('can be looked at while it waits and when it is over', async () => {
    const { operationId } = await spinUp('laptop');

    const waiting = (await world.get(`/api/spin-ups/${operationId}`)).json<TrackedSpinUp>();
    expect(waiting).toMatchObject({ id: operationId, status: 'pending', request: { target: 'laptop', capability: 'build', requestedBy: 'local' } });
    await world.query("update spin_ups set timeout_at = now() - interval '1 ms'");
    await world.ledger.slots.grantSlots(BOUNDS);

    const over = (await world.get(`/api/spin-ups/${operationId}`)).json<TrackedSpinUp>();
    expect(over).toMatchObject({ status: 'timeout', error: 'Timeout', result: { success: false, targetName: 'laptop', error: 'Timeout' } });
  });

  test.each(['nonsense', randomUUID()])('that does not exist is answered with 404 (%s)', async (id) => {
    const answer = await world.get(`/api/spin-ups/${id}`);

    expect([answer.statusCode, answer.json()]).toEqual([404, expect.objectContaining({ code: 'NOT_FOUND' })]);
  });

  test('stands in the list of its target, the newest first, page by page', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.unshift((await spinUp('laptop')).operationId);
      await world.query("update spin_ups set status = 'failed', completed_at = now(), requested_at = requested_at - interval '1 second'");
    }

    const first = (await world.get('/api/targets/laptop/spin-ups?limit=2')).json<{ spinUps: TrackedSpinUp[]; nextCursor: string }>();
    const second = (await world.get(`/api/targets/laptop/spin-ups?cursor=${first.nextCursor}`)).json<{ spinUps: TrackedSpinUp[] }>();

    expect(first).toMatchObject({ count: 2, hasMore: true, prevCursor: null });
    expect(second).toMatchObject({ count: 1, hasMore: false, nextCursor: null });
    expect([...first.spinUps, ...second.spinUps].map(({ id }) => id)).toEqual(ids);
    expect((await world.get('/api/targets/nope/spin-ups')).statusCode).toBe(404);
  });
});
