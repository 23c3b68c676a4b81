import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { WorkId } from '../../src/domain/ids.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, expectDoneOnce, expectNothingHeld, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 200_000;

let weft: Product;

beforeAll(async () => {
  weft = createProduct('source');
  await weft.start();
  await weft.registerTarget('warm', 1);
  const first = await submit(weft, { taskId: 'first', capability: 'warm', description: 'for 0' });
  await untilSettled(weft, first, WAIT_MS);
  // Its agent is free now: the next items need no start.
  await expectNothingHeld(weft, WAIT_MS);
}, TEST_MS);

afterAll(async () => {
  await weft.stop();
}, TEST_MS);

test(
  'what was awaited, but not leased before kill -9 of the worker, is done under the same fence long before its idle limit',
  async () => {
    const taken = await whileNothingIsLeased(async () => {
      const id = await submit(weft, { taskId: 'taken', capability: 'warm', description: 'for 0' });
      await eventually(async () => {
        expect(await weft.query(`SELECT pid FROM pg_locks WHERE relation = 'leases'::regclass AND NOT granted`)).toHaveLength(1);
      }, WAIT_MS);
      weft.kill9('worker');
      return id;
    });

    await expectDoneByTheFirstGrant(taken);
  },
  TEST_MS,
);

test(
  'what was leased, but not handed over before kill -9 of worker and NATS, is done under the same fence long before its idle limit',
  async () => {
    const leased = await weft.without('nats', async () => {
      const id = await submit(weft, { taskId: 'leased', capability: 'warm', description: 'for 0' });
      await untilEvent(weft, id, { type: 'work:assigned', timeoutMs: WAIT_MS });
      weft.kill9('worker', 'nats');
      return id;
    });

    await expectDoneByTheFirstGrant(leased);
  },
  TEST_MS,
);

/** Whoever writes a lease meanwhile waits. */
async function whileNothingIsLeased<T>(action: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: weft.ready().database });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE leases IN EXCLUSIVE MODE');
    return await action();
  } finally {
    await client.end();
  }
}

async function expectDoneByTheFirstGrant(id: WorkId): Promise<void> {
  const { limits } = await weft.client().find(id);
  expect(limits.idleTimeoutMs).toBeGreaterThan(2 * WAIT_MS);
  await expectDoneOnce(weft, id, { attempts: [1], timeoutMs: WAIT_MS });
  const events = await eventsOf(weft, id);
  expect(events.filter(({ type }) => type === 'work:granted' || type === 'work:assigned')).toHaveLength(2);
  expect(new Set(events.flatMap(({ fence }) => fence ?? [])).size).toBe(1);
  expect(await weft.query('SELECT count(*)::int AS n FROM sessions')).toEqual([{ n: 1 }]);
  await expectNothingHeld(weft, WAIT_MS);
}
