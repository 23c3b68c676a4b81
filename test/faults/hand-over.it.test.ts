import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkId } from '../../src/domain/ids.ts';
import { eventually } from '../support/eventually.ts';
import { createHandStarter } from '../support/hand-started.ts';
import type { HandStarter } from '../support/hand-started.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { submit, untilSettled } from '../support/settled.ts';

// Far less than the idle limit, after which it would be offered again in any case.
const WAIT_MS = 60_000;
const TEST_MS = 180_000;

let weft: Product;
let hands: HandStarter;

beforeAll(async () => {
  weft = createProduct('source');
  [hands] = await Promise.all([createHandStarter(weft), weft.start()]);
}, TEST_MS);

afterEach(() => hands.endAll());
afterAll(() => weft.stop(), TEST_MS);

/** An agent that the ledger knows and that is free. */
async function agentFor(capability: string): Promise<string> {
  const { guid, directory } = hands.start(capability);
  writeFileSync(join(directory, 'go'), '');
  await eventually(async () => {
    expect(await weft.query(`SELECT 1 FROM agents WHERE guid = '${guid}' AND status = 'online'`)).toHaveLength(1);
  }, WAIT_MS);
  return guid;
}

async function untilThere(sql: string): Promise<void> {
  await eventually(async () => {
    expect(await weft.query(sql)).not.toEqual([]);
  }, WAIT_MS);
}

async function expectDoneBy(guid: string, workId: WorkId): Promise<void> {
  expect(await untilSettled(weft, workId, WAIT_MS)).toMatchObject({ phase: 'completed', attempts: 1, assignedTo: guid });
}

test(
  'what was leased to an agent that registered by itself, and lost on the way to it with NATS and the worker, is offered to it again',
  async () => {
    const capability = `lost-${randomUUID()}`;
    const guid = await agentFor(capability);
    const workId = await weft.without('nats', async () => {
      const id = await submit(weft, { taskId: 'lost', capability, description: 'until go' });
      await untilThere(`SELECT 1 FROM leases WHERE work_id = '${id}'`);
      weft.kill9('nats');
      weft.kill9('worker');
      return id;
    });

    await expectDoneBy(guid, workId);
  },
  TEST_MS,
);
