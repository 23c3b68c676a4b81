import { expect, test } from '@jest/globals';
import { createEventBell } from '../../../src/adapters/postgres/event-bell.ts';
import { eventually } from '../../support/eventually.ts';

test('many rings become few notifications, and the last ring is never lost', async () => {
  let events = 0;
  let seen = 0;
  let notified = 0;
  const bell = createEventBell(async () => {
    notified += 1;
    seen = events;
  });

  for (; events < 100; events++) bell.ring();
  await eventually(() => {
    expect(seen).toBe(100);
  });

  expect(notified).toBeLessThanOrEqual(3);
  await bell.close();
});

test('a notification that fails is only late', async () => {
  let tries = 0;
  const bell = createEventBell(async () => {
    tries += 1;
    if (tries === 1) throw new Error('PostgreSQL is away');
  });

  bell.ring();
  await eventually(() => {
    expect(tries).toBe(1);
  });
  bell.ring();
  await eventually(() => {
    expect(tries).toBe(2);
  });

  await bell.close();
});
