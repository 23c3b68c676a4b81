import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { createHandStarter, removeEntry } from '../support/hand-started.ts';
import type { HandStarter } from '../support/hand-started.ts';
import { isAlive } from '../support/marked-processes.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 60_000;
const TEST_MS = 240_000;

let weft: Product;
let hands: HandStarter;

beforeAll(async () => {
  weft = createProduct('source');
  [hands] = await Promise.all([createHandStarter(weft), weft.start()]);
}, TEST_MS);

afterEach(() => hands.endAll());
afterAll(() => weft.stop(), TEST_MS);

test(
  'an agent that somebody started by hand takes the item that waits, and then the next one, and no agent is started',
  async () => {
    const capability = `by-hand-${randomUUID()}`;
    const workId = await submit(weft, { taskId: 'first', capability, description: 'for 1' });
    await untilEvent(weft, workId, { type: 'work:queued', timeoutMs: WAIT_MS });

    const { guid } = hands.start(capability);

    const item = await untilSettled(weft, workId, WAIT_MS);
    expect(item).toMatchObject({ phase: 'completed', attempts: 1, assignedTo: guid, result: { summary: 'done by attempt 1' } });
    const next = await submit(weft, { taskId: 'second', capability, description: 'for 1' });
    expect(await untilSettled(weft, next, WAIT_MS)).toMatchObject({ phase: 'completed', assignedTo: guid });
    expect(await weft.query(`SELECT 1 FROM sessions WHERE guid = '${guid}'`)).toEqual([]);
  },
  TEST_MS,
);

test(
  'a cancel reaches it: its harness ends, and it stays and takes the next item',
  async () => {
    const capability = `cancelled-${randomUUID()}`;
    const { guid, directory, runner } = hands.start(capability);
    const workId = await submit(weft, { taskId: 'cancelled', capability, description: 'until never' });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });

    await weft.client().cancel(workId, 'enough');

    expect((await untilSettled(weft, workId, WAIT_MS)).phase).toBe('cancelled');
    const next = await submit(weft, { taskId: 'after', capability, description: 'for 1' });
    expect(await untilSettled(weft, next, WAIT_MS)).toMatchObject({ phase: 'completed', assignedTo: guid });
    expect(isAlive(runner.pid ?? 0)).toBe(true);
    expect(existsSync(join(directory, 'never'))).toBe(false);
    await eventually(async () => {
      expect(await weft.query(`SELECT 1 FROM slots WHERE agent_guid = '${guid}' AND (may_work OR state <> 'released')`)).toEqual([]);
    }, WAIT_MS);
  },
  TEST_MS,
);

test(
  'one that vanishes in the middle is replaced by another as soon as its entry is gone',
  async () => {
    const capability = `vanishing-${randomUUID()}`;
    const first = hands.start(capability);
    const workId = await submit(weft, { taskId: 'vanishing', capability, description: 'until go' });
    await untilEvent(weft, workId, { type: 'work:started', timeoutMs: WAIT_MS });
    const second = hands.start(capability);
    writeFileSync(join(second.directory, 'go'), '');

    first.runner.kill('SIGKILL');
    await removeEntry(weft, first.guid);

    const item = await untilSettled(weft, workId, WAIT_MS);
    writeFileSync(join(first.directory, 'go'), ''); // its harness has outlived it, and nobody here may end that
    expect(item).toMatchObject({ phase: 'completed', attempts: 2, assignedTo: second.guid });
    const failed = (await eventsOf(weft, workId)).filter(({ type }) => type === 'work:attempt-failed');
    expect(failed.map(({ data }) => data)).toMatchObject([{ failureClass: 'lost', assignedTo: first.guid }]);
  },
  TEST_MS,
);
