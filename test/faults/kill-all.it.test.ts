import { afterEach, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { signalIfThere } from '../support/marked-processes.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { expectDoneOnce, expectNothingHeld, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 200_000;

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

test(
  'after kill -9 of everything at once, items in every state are seen through, once each, whether their agents survive or not',
  async () => {
    const weft = (product = createProduct('source'));
    await weft.start();
    await weft.registerTarget('wide', 6);
    await weft.registerTarget('narrow', 1);
    const done = await submit(weft, { taskId: 'done-before', capability: 'wide', description: 'for 0' });
    await untilSettled(weft, done, WAIT_MS);
    const working = await submit(weft, { taskId: 'working', capability: 'wide', description: 'until go' });
    const finishing = await submit(weft, { taskId: 'finishing', capability: 'wide', description: 'until everything-is-dead' });
    const doomed = await submit(weft, { taskId: 'doomed', capability: 'wide', description: 'until go' });
    const holding = await submit(weft, { taskId: 'holding', capability: 'narrow', description: 'until go' });
    for (const id of [working, finishing, doomed, holding]) await untilEvent(weft, id, { type: 'work:started', timeoutMs: WAIT_MS });
    const survivors = new Set(await Promise.all([working, finishing, holding].map((id) => agentOf(weft, id))));
    const limited = await submit(weft, { taskId: 'limited', capability: 'narrow', description: 'for 1' });
    const cancelled = await submit(weft, { taskId: 'cancelled', capability: 'narrow', description: 'for 1' });
    const retried = await submit(weft, { taskId: 'retried', capability: 'wide', description: 'fail 2 go', limits: { attemptsMax: 4 } });
    // Its next attempt is then two or three seconds away, and its agent, which will die, is free.
    await untilEvent(weft, retried, { type: 'work:attempt-failed', nth: 2, timeoutMs: WAIT_MS });
    const cancelling = weft.client().cancel(cancelled, 'no longer needed');
    const justNow = await Promise.all([1, 2].map((n) => submit(weft, { taskId: `just-now-${String(n)}`, capability: 'wide', description: 'until go' })));
    await cancelling;

    await weft.killAll9();
    for (const { pid, guid } of weft.agents()) if (!survivors.has(guid)) signalIfThere(pid, 'SIGKILL');
    writeFileSync(join(weft.workDir, 'everything-is-dead'), '');
    await eventually(() => {
      expect(weft.journal()).toContain('done finishing 1');
    }, WAIT_MS);
    await weft.start();
    writeFileSync(join(weft.workDir, 'go'), '');

    // What the agents were doing goes on where they are, and is done again where they are not.
    const expected = [
      { id: done, attempts: [1] },
      { id: working, attempts: [1] },
      { id: finishing, attempts: [1] },
      { id: doomed, attempts: [2] },
      { id: holding, attempts: [1] },
      { id: limited, attempts: [1] },
      // Unless it took so long to kill everything that it had begun again.
      { id: retried, attempts: [3, 4] },
      // They were being started, or not yet even that.
      ...justNow.map((id) => ({ id, attempts: [1, 2] })),
    ];
    for (const { id, attempts } of expected) await expectDoneOnce(weft, id, { attempts, timeoutMs: WAIT_MS });
    expect((await untilSettled(weft, cancelled, WAIT_MS)).phase).toBe('cancelled');
    expect(weft.journal().filter((line) => line.includes(' cancelled '))).toEqual([]);
    expect(await weft.query('SELECT count(*)::int AS n FROM work_items')).toEqual([{ n: expected.length + 1 }]);
    await expectNothingHeld(weft, WAIT_MS);

    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);

async function agentOf(weft: Product, workId: string): Promise<string> {
  const { assignedTo } = await weft.client().find(workId);
  if (assignedTo === undefined) throw new Error(`Nobody works on ${workId}.`);
  return assignedTo;
}
