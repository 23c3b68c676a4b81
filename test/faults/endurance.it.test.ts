import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { startOperated } from '../support/operated.ts';
import type { Operated } from '../support/operated.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, expectNothingHeld, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 120_000;
const TEST_MS = 240_000;
const CANCELLED = 30;

let weft: Product;
let end: Operated['end'];

beforeAll(async () => {
  ({ weft, end } = await startOperated());
}, TEST_MS);

afterAll(() => end(), TEST_MS);

test(
  'items that are cancelled while their agents are being started are cancelled, all of them, and no agent is left',
  async () => {
    await weft.registerTarget('flood', 10);
    const names = Array.from({ length: CANCELLED }, (_, index) => `flood-${String(index)}`);
    const ids = await Promise.all(names.map((taskId) => submit(weft, { taskId, capability: 'flood', description: 'until never' })));
    // Some have an agent that starts, the others wait.
    await eventually(async () => {
      expect(await weft.query(`SELECT guid FROM sessions`)).not.toEqual([]);
    }, WAIT_MS);

    await Promise.all(ids.map((id) => weft.client().cancel(id, 'no longer needed')));

    for (const id of ids) {
      expect((await untilSettled(weft, id, WAIT_MS)).phase).toBe('cancelled');
      expect((await eventsOf(weft, id)).filter(({ type }) => type === 'work:cancelled')).toHaveLength(1);
    }
    await expectNothingHeld(weft, WAIT_MS);
    expect(weft.journal().filter((line) => line.startsWith('done flood-'))).toEqual([]);
    expect(await weft.query(`SELECT status, count(*)::int FROM work_items GROUP BY status`)).toEqual([{ status: 'cancelled', count: CANCELLED }]);
  },
  TEST_MS,
);

test(
  'agents go on while nobody hears them for longer than idle and lost limits allow, and none is judged by that',
  async () => {
    await weft.registerTarget('deaf', 2);
    const limits = { idleTimeoutMs: 5000 };
    const finishing = await submit(weft, { taskId: 'deaf-finishing', capability: 'deaf', description: 'for 60', limits });
    const working = await submit(weft, { taskId: 'deaf-working', capability: 'deaf', description: 'until deaf.go', limits });
    for (const id of [finishing, working]) await untilEvent(weft, id, { type: 'work:started', timeoutMs: WAIT_MS });

    // The bridge is in the worker. What one of them does takes twice the longer limit.
    await weft.without('worker', () =>
      eventually(() => {
        expect(weft.runsOf('deaf-finishing')).toEqual(['started', 'done']);
      }, WAIT_MS),
    );
    expect((await untilSettled(weft, finishing, WAIT_MS)).phase).toBe('completed');
    writeFileSync(join(weft.workDir, 'deaf.go'), '');

    for (const id of [finishing, working]) {
      expect(await untilSettled(weft, id, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 1 });
      expect((await eventsOf(weft, id)).filter(({ type }) => type === 'work:attempt-failed')).toEqual([]);
    }
    for (const name of ['deaf-finishing', 'deaf-working']) expect(weft.runsOf(name)).toEqual(['started', 'done']);
    expect(await weft.query(`SELECT guid FROM sessions WHERE end_cause = 'lost' AND target_name = 'deaf'`)).toEqual([]);
  },
  TEST_MS,
);
