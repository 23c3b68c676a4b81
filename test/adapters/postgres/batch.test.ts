import { expect, test } from '@jest/globals';
import { batched } from '../../../src/adapters/postgres/batch.ts';

/** A load that is answered by hand: what it was asked for, and what lets it go on. */
function manual() {
  const calls: { keys: readonly string[]; answer: (found: Record<string, string>) => void; fail: (error: Error) => void }[] = [];
  const load = (keys: readonly string[]): Promise<ReadonlyMap<string, string>> =>
    new Promise((resolve, reject) => {
      calls.push({
        keys,
        answer: (found) => {
          resolve(new Map(Object.entries(found)));
        },
        fail: reject,
      });
    });
  return { calls, load };
}

const nextMoment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('calls of one moment become one load, in which each key stands once', async () => {
  const { calls, load } = manual();
  const find = batched(load, 100);

  const found = Promise.all([find('a'), find('b'), find('a'), find('missing')]);
  await nextMoment();
  calls[0]?.answer({ a: 'A', b: 'B' });

  expect(await found).toEqual(['A', 'B', 'A', null]);
  expect(calls.map(({ keys }) => keys)).toEqual([['a', 'b', 'missing']]);
});

test('a call is never answered by a load that began before it', async () => {
  const { calls, load } = manual();
  const find = batched(load, 100);
  const early = find('a');
  await nextMoment();

  const late = find('a');
  await nextMoment();
  calls[1]?.answer({ a: 'after the change' });
  calls[0]?.answer({ a: 'before the change' });

  expect(await Promise.all([early, late])).toEqual(['before the change', 'after the change']);
});

test('at most two loads are under way, each of at most so many keys; the others follow', async () => {
  const { calls, load } = manual();
  const find = batched(load, 2);

  const found = Promise.all(['a', 'b', 'c', 'd', 'e'].map(find));
  await nextMoment();
  await nextMoment();
  await nextMoment();
  const before = calls.map(({ keys }) => keys);
  calls[0]?.answer({ a: 'A', b: 'B' });
  await nextMoment();
  await nextMoment();
  calls[1]?.answer({ c: 'C', d: 'D' });
  calls[2]?.answer({ e: 'E' });

  expect(before).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(await found).toEqual(['A', 'B', 'C', 'D', 'E']);
});

test('a load that fails fails its own calls, and the next one is made', async () => {
  const { calls, load } = manual();
  const find = batched(load, 100);

  const failed = Promise.allSettled([find('a'), find('b')]);
  await nextMoment();
  calls[0]?.fail(new Error('the ledger is away'));
  const outcomes = await failed;
  const found = find('a');
  await nextMoment();
  calls[1]?.answer({ a: 'A' });

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await found).toBe('A');
});
