import { afterEach, expect, test } from '@jest/globals';
import { WorkLimits } from '../../src/domain/work/work-item.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { eventsOf, expectNothingHeld, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 240_000;

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

async function answer(weft: Product, id: string, text: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ questionId: '1-3', answer: text });
  const reply = await fetch(`${weft.ready().api}/api/work/${id}/answer`, { method: 'POST', headers, body });
  return reply.json();
}

test(
  'a question outlives its idle limit and kill -9 of worker and bridge; its answer reaches the agent once, whoever dies after it was recorded',
  async () => {
    const weft = (product = createProduct('source'));
    const up = await weft.start();
    await weft.registerTarget('ask');
    const limits = WorkLimits.parse({ idleTimeoutMs: 5000 });
    const { id } = await weft.client().submit({ boundary: 'personal', capability: 'ask', description: 'ask', limits });

    await eventually(async () => {
      expect((await weft.client().find(id)).question).toMatchObject({ id: '1-3', text: 'Go on?' });
      expect(await weft.query('SELECT question_id FROM leases')).toEqual([{ question_id: '1-3' }]);
      expect(await weft.query(`SELECT id FROM questions WHERE asked_at < now() - interval '6 s'`)).toHaveLength(1);
    }, WAIT_MS);
    weft.kill9('worker');
    expect(await answer(weft, id, 'yes')).toMatchObject({ outcome: 'answered' });
    weft.kill9('api');
    await eventually(() => {
      expect(up.stderr()).toMatch(/worker is back\.[^]*api is back\.|api is back\.[^]*worker is back\./u);
    }, WAIT_MS);

    const item = await untilSettled(weft, id, WAIT_MS);
    const types = (await eventsOf(weft, id)).map(({ type }) => type);
    const story = types.join(' ');
    expect({ story, phase: item.phase, attempts: item.attempts }).toEqual({ story, phase: 'completed', attempts: 1 });
    expect(types.filter((type) => type === 'work:question' || type === 'work:answered')).toEqual(['work:question', 'work:answered']);
    expect(weft.journal().filter((line) => line.startsWith('answered'))).toEqual([`answered-yes ${item.taskId} 1`]);
    expect(await answer(weft, id, 'yes')).toMatchObject({ outcome: 'joined' });
    expect(await answer(weft, id, 'no')).toMatchObject({ code: 'QUESTION_CLOSED' });
    await expectNothingHeld(weft, WAIT_MS);
  },
  TEST_MS,
);
