import { afterEach, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { workWorkflowId } from '../../src/contract/names.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { expectDoneOnce, expectNothingHeld, submit, untilEvent, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 240_000;

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

test(
  'work whose agent is done while Temporal is away is completed at once; its workflow follows when Temporal is back, also when worker and bridge died',
  async () => {
    const weft = (product = createProduct('source'));
    const up = await weft.start();
    await weft.registerTarget('away');
    const id = await submit(weft, { taskId: 'away', capability: 'away', description: 'for 8' });
    await untilEvent(weft, id, { type: 'work:started', timeoutMs: WAIT_MS });

    await weft.without('temporal', async () => {
      expect(await untilSettled(weft, id, WAIT_MS)).toMatchObject({ phase: 'completed' });
      weft.kill9('temporal', 'worker');
    });
    await eventually(() => {
      expect(up.stderr()).toMatch(/temporal is back\.[^]*worker is back\.|worker is back\.[^]*temporal is back\./u);
    }, WAIT_MS);

    const connection = await Connection.connect({ address: weft.ready().temporal });
    try {
      const workflow = new Client({ connection, namespace: 'weft' }).workflow.getHandle(workWorkflowId(id));
      await eventually(async () => {
        expect((await workflow.describe()).status.name).toBe('COMPLETED');
      }, WAIT_MS);
      expect(await workflow.result()).toMatchObject({ kind: 'completed' });
    } finally {
      await connection.close();
    }
    await expectDoneOnce(weft, id, { attempts: [1], timeoutMs: WAIT_MS });
    await expectNothingHeld(weft, WAIT_MS);
  },
  TEST_MS,
);
