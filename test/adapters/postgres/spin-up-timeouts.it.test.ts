import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import { spinUpWords } from './spin-up-words.ts';

const ALL = { olderThanMs: 0, after: null, limit: 10 };

let world: World;
const { request, find, granted, eventsOf, makeLate } = spinUpWords(() => world);
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

describe('a start that outlasts its time', () => {
  test('ends as timed out, once, gives its agent to the reconciler, and keeps its place until that is gone', async () => {
    const target = await world.registerTarget({ name: 'pool', limits: { agentsMax: 1 } });
    const { id, guid } = await granted(target);
    await makeLate(id);

    expect(await world.ledger.reconcile.listSessions(ALL)).toMatchObject([{ guid, state: 'starting', overdue: true }]);
    const ends = [await world.ledger.reconcile.recordSpinUpTimeout(guid), await world.ledger.reconcile.recordSpinUpTimeout(guid)];

    expect(ends).toEqual([true, false]);
    expect(await find(id)).toMatchObject({ status: 'timeout', error: 'Timeout', result: { success: false } });
    const data = { targetId: target.id, targetName: 'pool', agentType: 'claude-code', errorMessage: 'Timeout' };
    expect((await eventsOf(guid)).filter(({ type }) => type === 'spin-up:failed')).toEqual([{ type: 'spin-up:failed', data }]);
    expect(await world.ledger.reconcile.listSessions(ALL)).toMatchObject([{ guid, state: 'draining', overdue: false }]);
    expect((await world.grantSlots()).starts).toEqual([]);
    const next = await request('pool');
    await world.grantSlots();
    expect(await find(next.id)).toMatchObject({ status: 'pending' });
    await world.ledger.sessions.recordGone(guid);
    await world.grantSlots();
    expect(await find(next.id)).toMatchObject({ status: 'in-progress' });
  });

  test('lives on when its agent has registered', async () => {
    const { id, guid } = await granted(await world.registerTarget({ name: 'pool' }));
    await world.ledger.sessions.recordRegistered(guid);
    await makeLate(id);

    expect(await world.ledger.reconcile.recordSpinUpTimeout(guid)).toBe(false);

    expect([await world.sessionState(guid), (await find(id)).status]).toEqual(['busy', 'success']);
  });

  test('has as much time as any other, however long it waited for room', async () => {
    const target = await world.registerTarget({ name: 'pool' });
    const { id } = await request('pool', 60_000);
    await world.query("update spin_ups set requested_at = requested_at - interval '50 s', timeout_at = timeout_at - interval '50 s'");

    await world.grantSlots();

    const { startedAt, timeoutAt, targetId } = await find(id);
    expect([targetId, Date.parse(timeoutAt) - Date.parse(startedAt)]).toEqual([target.id, 60_000]);
  });
});
