import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { foreignSighting } from './foreign-sighting.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterEach(() => world.clear());
afterAll(() => world.close());

async function register(guid: string, entry: object = {}): Promise<void> {
  await world.ledger.agents.recordSightings([foreignSighting(guid, entry)]);
}

describe('while all agents that registered by themselves are at work', () => {
  test('an item says that they are taken, and its decision names each', async () => {
    await register('a', { maxConcurrentTasks: 1, currentTaskCount: 1 });
    await register('b', { maxConcurrentTasks: 1, currentTaskCount: 1 });
    const { workId } = await world.queue();

    expect((await world.grantSlots()).grants).toEqual([]);

    const item = await world.item(workId);
    expect(item.reason).toBe('every agent for "build" is taken');
    expect(await world.ledger.routing.verdictOn(item, 10)).toMatchObject({
      reason: 'every agent for "build" is taken',
      candidates: [
        { choice: { agentGuid: 'a' }, rule: 'taken' },
        { choice: { agentGuid: 'b' }, rule: 'taken' },
      ],
    });
  });

  test('an item says so of one that rests because it did not take what it was offered', async () => {
    await register('a');
    await world.query(`update agents set resting_until = now() + interval '1 minute'`);
    const { workId } = await world.queue();

    expect((await world.grantSlots()).grants).toEqual([]);
    expect((await world.item(workId)).reason).toBe('every agent for "build" is taken');
  });

  test('a round reads one of each kind, however many they are', async () => {
    for (const guid of ['a', 'b', 'c']) await register(guid, { currentTaskCount: 1 });
    await register('d', { currentTaskCount: 1, capabilities: ['build', 'paint'] });
    const { workId } = await world.queue();

    await world.grantSlots();
    await register('e');
    await world.grantSlots();

    expect(await world.ledger.routing.decisionsOf(workId, { beforeFence: 9, limit: 9 })).toMatchObject([
      { chosen: { choice: { agentGuid: 'e' } }, candidatesTotal: 3 },
    ]);
  });
});
