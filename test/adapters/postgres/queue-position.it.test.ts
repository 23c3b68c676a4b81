import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AGEING_STEP_MS } from '../../../src/domain/scheduling/ageing.ts';
import type { WorkSubmit } from '../../../src/domain/work/work-item.ts';
import { AUTHOR } from '../../support/author.ts';
import { eventually } from '../../support/eventually.ts';
import { newItem, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

async function queueAs(name: string, body: Partial<WorkSubmit> = {}): Promise<string> {
  return (await world.queue(body, { ...AUTHOR, name })).workId;
}

async function positionOf(workId: string): Promise<number | undefined> {
  return (await world.ledger.work.findPlaced(workId))?.position;
}

describe('the position of an item that waits', () => {
  test('counts those of its submitter that are more urgent or older, whatever they need', async () => {
    const [older, low, item, urgent] = [
      await queueAs('me'),
      await queueAs('me', { priority: 2 }),
      await queueAs('me', { capability: 'test' }),
      await queueAs('me', { priority: 9 }),
    ];

    const positions = [];
    for (const workId of [urgent, older, item, low]) positions.push(await positionOf(workId));

    expect(positions).toEqual([1, 2, 3, 4]);
  });

  test('counts a turn of each other submitter, and all that are more urgent', async () => {
    for (let n = 0; n < 6; n++) await queueAs('crowd');
    for (let n = 0; n < 2; n++) await queueAs('urgent', { priority: 8 });
    const [first, second] = [await queueAs('me'), await queueAs('me')];

    // Two urgent ones and one turn of the crowd; then one more of mine and one more turn.
    expect([await positionOf(first), await positionOf(second)]).toEqual([4, 6]);
  });

  test('counts what has aged past it, and not what belongs to others', async () => {
    await queueAs('old', { priority: 3 });
    await world.query("update queue set enqueued_at = now() - $1 * interval '1 millisecond'", [3 * AGEING_STEP_MS]);
    await queueAs('me', { projectId: 'elsewhere' });
    const item = await queueAs('me');

    expect(await positionOf(item)).toBe(2);
  });

  test('is counted anew when the last look is a second old', async () => {
    const item = await queueAs('me');
    expect(await positionOf(item)).toBe(1);
    await queueAs('me', { priority: 9 });

    await eventually(async () => {
      expect(await positionOf(item)).toBe(2);
    });
  });

  test('is there while it waits for a slot, and says what a new item would get', async () => {
    await queueAs('me');
    const item = await queueAs('me');
    const looked = await world.ledger.work.findPlaced(item);
    const { position } = await world.ledger.routing.preview({ item: newItem(), submitter: 'me', candidatesMax: 1 });
    await world.ledger.work.requestCancel(item, 'no', AUTHOR);

    expect(looked).toMatchObject({ position: 2, reason: 'waits for a slot behind 1 other' });
    expect(position).toBe(3);
    expect(await positionOf(item)).toBeUndefined();
    expect(await world.ledger.work.find(item)).not.toHaveProperty('position');
  });
});
