import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

test('a round names each item whose deadline has passed, once, and asks to look again when the next one passes', async () => {
  const [first, second] = [await world.submit({ deadline: inMs(60_000) }), await world.submit({ deadline: inMs(3_600_000) })];
  const before = await world.grantSlots();
  await world.query(`update work_items set deadline = now() where id = $1`, [first.id]);
  const after = await world.grantSlots();
  const again = await world.grantSlots();
  await world.query(`update work_items set deadline = now() where id = $1`, [second.id]);

  expect([before.expired, after.expired, again.expired]).toEqual([[], [first.id], []]);
  expect(before.lookAgainInMs).toBeLessThanOrEqual(60_000);
  expect(after.lookAgainInMs).toBeGreaterThan(3_500_000);
  expect((await world.grantSlots()).expired).toEqual([second.id]);
});

test('an item that an agent works on has its deadline too, one that has ended no more', async () => {
  await world.registerTarget({ limits: { agentsMax: 5 } });
  const [working, ended] = [await world.work({ deadline: inMs(60_000) }), await world.work({ deadline: inMs(60_000) })];
  await world.ledger.transitions.settle(ended.writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'why' } });
  await world.grantSlots();
  await world.query('update work_items set deadline = clock_timestamp()');

  expect((await world.grantSlots()).expired).toEqual([working.writer.workId]);
});
