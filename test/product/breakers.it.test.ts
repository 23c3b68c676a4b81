import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { answerOf, createClient } from '../../client/create-client.ts';
import type { Schemas } from '../../client/create-client.ts';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { submit, untilSettled } from '../support/settled.ts';

const WAIT_MS = 90_000;
const TEST_MS = 240_000;
const CALL_MS = 15_000;

let product: Product | null = null;

afterEach(async () => {
  await product?.stop();
}, TEST_MS);

function rest(weft: Product) {
  return createClient({ baseUrl: weft.ready().api, timeoutMs: CALL_MS });
}

async function find(weft: Product, id: string): Promise<Schemas['Target']> {
  return answerOf(rest(weft).GET('/api/targets/{id}', { params: { path: { id } } }));
}

async function startsOn(weft: Product, name: string): Promise<unknown> {
  const [row] = await weft.query(`SELECT count(*)::int AS starts FROM sessions WHERE target_name = '${name}'`);
  return row?.['starts'];
}

test(
  'a target whose program is missing is left alone, others do its work, and it has its share again when the program is there',
  async () => {
    const weft = (product = createProduct('source'));
    await weft.start();
    const program = join(weft.workDir, 'agent');
    await weft.client().registerTarget({
      name: 'bare',
      agentType: 'claude-code',
      capabilities: ['shared', 'own'],
      mechanism: 'local',
      config: { mechanism: 'local', command: program, args: [], workingDirectory: weft.workDir },
    });

    const limits = { attemptsMax: 20 };
    const waiting = await Promise.all([1, 2, 3].map((n) => submit(weft, { taskId: `own-${String(n)}`, capability: 'own', description: 'for 1', limits })));
    await eventually(async () => {
      expect(await find(weft, 'bare')).toMatchObject({
        status: 'error',
        breaker: { state: 'open', cause: 'starts', lastError: expect.stringContaining(program) },
      });
      for (const workId of waiting) expect((await weft.client().find(workId)).reason).toContain('breaker');
    }, WAIT_MS);
    await weft.registerTarget('shared');
    const elsewhere = await untilSettled(weft, await submit(weft, { taskId: 'shared', capability: 'shared', description: 'for 1' }), WAIT_MS);

    expect(elsewhere).toMatchObject({ phase: 'completed', attempts: 1 });
    // Each start was counted, and few there were.
    const { breaker } = await find(weft, 'bare');
    expect(breaker.failures).toBeLessThan(8);
    expect(await startsOn(weft, 'bare')).toBeLessThanOrEqual(breaker.failures + 1);

    writeFileSync(program, '#!/bin/sh\necho done\n');
    chmodSync(program, 0o755);
    const healthCheck = { enabled: true, intervalMs: 1000 };
    await answerOf(rest(weft).PUT('/api/targets/{id}', { params: { path: { id: 'bare' } }, body: { healthCheck } }));

    for (const workId of waiting) expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ phase: 'completed' });
    await eventually(async () => {
      expect(await find(weft, 'bare')).toMatchObject({ healthStatus: 'healthy', breaker: { state: 'closed', failures: 0 } });
    }, WAIT_MS);
    expect(await weft.stop()).toBe(0);
  },
  TEST_MS,
);
