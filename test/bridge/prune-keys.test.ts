import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { pruneKeys } from '../../bridge/prune-keys.ts';
import { eventually } from '../support/eventually.ts';

test('old keys are forgotten bite by bite, and a failure only delays the next bite', async () => {
  const bites = [1000, 1000, 3];
  let asked = 0;
  const abort = new AbortController();
  const prune = async ({ olderThanDays, limit }: { olderThanDays: number; limit: number }): Promise<number> => {
    asked++;
    expect([olderThanDays, limit]).toEqual([31, 1000]);
    if (asked === 1) throw new Error('away');
    return bites.shift() ?? 0;
  };

  const pruning = pruneKeys({ idempotency: { prune }, logger: pino({ level: 'silent' }), intervalMs: 10 }, abort.signal);
  await eventually(() => {
    expect(bites).toEqual([]);
  });
  abort.abort();
  await pruning;

  expect(asked).toBeGreaterThanOrEqual(4);
});
