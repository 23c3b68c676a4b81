import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';
import { EXAMPLE_CALLS } from './example-calls.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test.each(Object.entries(EXAMPLE_CALLS))('%s succeeds with an answer that the document describes', async (_operationId, call) => {
  const answer = await call(world); // throws when the answer breaks the document

  expect(answer.statusCode).toBeGreaterThanOrEqual(200);
  expect(answer.statusCode).toBeLessThan(300);
});
