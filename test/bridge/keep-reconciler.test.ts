import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { keepReconciler } from '../../bridge/keep-reconciler.ts';
import { eventually } from '../support/eventually.ts';

test('the Schedule of the reconciler is looked at again and again, and a failure only delays the next look', async () => {
  const asked: number[] = [];
  const abort = new AbortController();
  const restoreReconcileSchedule = async (intervalMs: number): Promise<boolean> => {
    asked.push(intervalMs);
    if (asked.length === 1) throw new Error('away');
    return asked.length === 2;
  };

  const keeping = keepReconciler(
    { engine: { restoreReconcileSchedule }, logger: pino({ level: 'silent' }), reconcileIntervalMs: 60_000, intervalMs: 10 },
    abort.signal,
  );
  await eventually(() => {
    expect(asked.length).toBeGreaterThanOrEqual(3);
  });
  abort.abort();
  await keeping;

  expect(new Set(asked)).toEqual(new Set([60_000]));
});
