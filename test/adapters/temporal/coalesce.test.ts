import { describe, expect, test } from '@jest/globals';
import { coalesce } from '../../../src/adapters/temporal/coalesce.ts';

interface Runs {
  readonly started: () => number;
  readonly call: () => Promise<void>;
  /** Ends the oldest run that is under way. */
  readonly finish: (error?: Error) => Promise<void>;
}

function openRuns(): Runs {
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let started = 0;
  const call = coalesce(() => {
    started += 1;
    return new Promise<void>((resolve, reject) => {
      open.push({ resolve, reject });
    });
  });
  return {
    started: () => started,
    call,
    finish: async (error) => {
      const run = open.shift();
      if (error === undefined) run?.resolve();
      else run?.reject(error);
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('coalesced calls', () => {
  test('run at once when nothing is under way', async () => {
    const runs = openRuns();

    const first = runs.call();
    await runs.finish();
    await first;
    const second = runs.call();
    await runs.finish();
    await second;

    expect(runs.started()).toBe(2);
  });

  test('become a single next run while one is under way, which began after all of them', async () => {
    const runs = openRuns();

    const first = runs.call();
    const others = Promise.all(Array.from({ length: 100 }, () => runs.call()));
    expect(runs.started()).toBe(1);
    await runs.finish();
    await first;
    expect(runs.started()).toBe(2);
    await runs.finish();
    await others;

    expect(runs.started()).toBe(2);
  });

  test('made during the next run become the run after it', async () => {
    const runs = openRuns();

    const all = [runs.call(), runs.call()];
    await runs.finish();
    all.push(runs.call());
    await runs.finish();
    await runs.finish();
    await Promise.all(all);

    expect(runs.started()).toBe(3);
  });

  test('fail with their own run only', async () => {
    const runs = openRuns();

    const first = runs.call();
    const second = runs.call();
    const seen = expect(first).rejects.toThrow('away');
    await runs.finish(new Error('away'));
    await seen;
    await runs.finish();

    await expect(second).resolves.toBeUndefined();
  });

  test('run again after a failure', async () => {
    const runs = openRuns();

    const seen = expect(runs.call()).rejects.toThrow('away');
    await runs.finish(new Error('away'));
    await seen;
    const second = runs.call();
    await runs.finish();

    await expect(second).resolves.toBeUndefined();
  });
});
