import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { keepReconciler } from '../../bridge/keep-reconciler.ts';
import { eventually } from '../support/eventually.ts';

/** What is asked of Temporal until there are so many calls; the first call of each kind fails. */
async function callsOf(count: number): Promise<readonly string[]> {
  const calls: string[] = [];
  const abort = new AbortController();
  const call = (name: string, intervalMs: number): void => {
    calls.push(`${name} ${String(intervalMs)}`);
    if (calls.filter((one) => one.startsWith(name)).length === 1) throw new Error('away');
  };
  const engine = {
    ensureReconcileSchedule: async (intervalMs: number) => {
      call('ensure', intervalMs);
    },
    restoreReconcileSchedule: async (intervalMs: number) => {
      call('restore', intervalMs);
      return true;
    },
  };
  const keeping = keepReconciler({ engine, logger: pino({ level: 'silent' }), reconcileIntervalMs: 60_000, intervalMs: 10 }, abort.signal);
  await eventually(() => {
    expect(calls.length).toBeGreaterThanOrEqual(count);
  });
  abort.abort();
  await keeping;
  return calls.slice(0, count);
}

test('the reconciler gets its Schedule, though Temporal does not answer at first, and that is looked at again and again', async () => {
  expect(await callsOf(5)).toEqual(['ensure 60000', 'ensure 60000', 'restore 60000', 'restore 60000', 'restore 60000']);
});
