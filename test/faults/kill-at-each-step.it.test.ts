import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { ProcessName, Product } from '../support/product.ts';
import type { RunningUp } from '../support/running-up.ts';
import { playScene } from '../support/scene.ts';

// The bridge dies with the worker that it runs in.
const VICTIMS: readonly (readonly ProcessName[])[] = [
  ['worker'],
  ['api'],
  ['nats'],
  ['postgres'],
  ['temporal'],
  ['worker', 'nats'],
  ['worker', 'postgres'],
  ['worker', 'temporal'],
  ['nats', 'postgres'],
  ['postgres', 'temporal'],
  ['api', 'worker'],
  ['api', 'nats'],
  ['api', 'postgres'],
  ['api', 'temporal'],
  ['nats', 'temporal'],
];
const WAIT_MS = 90_000;
const TEST_MS = 200_000;

let weft: Product;
let up: RunningUp;

beforeAll(async () => {
  // Agents of past scenes need not stay for long.
  weft = createProduct('source', ['--json', '--port', '0'], { IDLE_TIMEOUT_MS: '20000' });
  up = await weft.start();
  await weft.registerTarget('narrow', 1);
  await weft.registerTarget('wide', 7);
}, TEST_MS);

afterAll(async () => {
  await weft.stop();
}, TEST_MS);

test.each(VICTIMS.map((victims) => ({ victims, name: victims.join('-') })))(
  'items in every state are seen through, once each, after kill -9 of $name',
  async ({ victims, name }) => {
    const before = victims.map(timesBack);
    const strike = (): void => {
      weft.kill9(...victims);
    };
    const untilRecovered = (): Promise<void> =>
      eventually(() => {
        expect(victims.map(timesBack)).toEqual(before.map((times) => times + 1));
      }, WAIT_MS);

    await playScene(weft, { name, strike, untilRecovered, timeoutMs: WAIT_MS });
  },
  TEST_MS,
);

test(
  'after all that it stops in order, and leaves nothing',
  async () => {
    expect(await weft.stop()).toBe(0);
    expect(weft.processes()).toEqual([]);
  },
  TEST_MS,
);

function timesBack(name: ProcessName): number {
  return up.stderr().split(`${name} is back.`).length - 1;
}
