import { expect, test } from '@jest/globals';
import { shareFor } from '../../../api/operations/share-for.ts';

test('callers share one answer', async () => {
  let made = 0;
  const ask = shareFor(60_000, () => Promise.resolve((made += 1)));

  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await ask()).toBe(1);
});

test('an answer that is too old is made again', async () => {
  let made = 0;
  const ask = shareFor(0, () => Promise.resolve((made += 1)));

  expect([await ask(), await ask()]).toEqual([1, 2]);
});

test('a failure is given to those who wait for it, and to nobody after them', async () => {
  let made = 0;
  const ask = shareFor(60_000, () => ((made += 1) === 1 ? Promise.reject(new Error('away')) : Promise.resolve(made)));

  const [first, second] = await Promise.allSettled([ask(), ask()]);

  expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
  expect(await ask()).toBe(2);
});
