import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HOST, openWorld, TARGET, WORK } from './api-world.ts';
import type { World } from './api-world.ts';

const laptop = { ...TARGET, name: 'answering', capabilities: ['answer'], limits: { agentsMax: 10 } };
const item = { ...WORK, capability: 'answer' };

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.ledger.sessions.openHost(HOST);
  await world.post('/api/targets', laptop);
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.calls.length = 0;
});

describe('the answer to a submit', () => {
  test('comes before the workflow is started when a worker is about to grant a slot, and starts it with that', async () => {
    world.engine.woken = 'heard';
    const [near, far] = [await world.submit(item), await world.submit({ ...item, capability: 'unheard-of' })];
    world.engine.woken = 'signalled';
    const unheard = await world.submit(item);

    expect(world.engine.calls.filter((call) => call.startsWith('startWork'))).toEqual([`startWork ${far.id}`, `startWork ${unheard.id}`]);
    expect((await world.ledger.work.findUnstarted({ olderThanMs: 0, limit: 1000 })).map(({ id }) => id)).toContain(near.id);
  });

  test('comes before the workflow is started when it waits for a place that others have, too', async () => {
    await world.post('/api/targets', { ...laptop, name: 'narrow', capabilities: ['narrow'], limits: { agentsMax: 1 } });
    world.engine.woken = 'heard';
    const first = await world.submit({ ...item, capability: 'narrow' });
    const second = await world.submit({ ...item, capability: 'narrow' });

    expect([first, second]).toMatchObject([{ spinUpTriggered: true }, { spinUpTriggered: false }]);
    expect(world.engine.calls.filter((call) => call.startsWith('startWork'))).toEqual([]);
    expect((await world.ledger.work.findUnstarted({ olderThanMs: 0, limit: 1000 })).map(({ id }) => id)).toContain(second.id);
  });
});
