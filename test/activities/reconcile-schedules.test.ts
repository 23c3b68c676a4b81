import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { reconcileSchedules } from '../../activities/reconcile-schedules.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { HealthSchedule } from '../../src/domain/targets/health-schedule.ts';

const logger = pino({ level: 'silent' });

/** One round of a reconciler; `existing` is changed by it as Temporal would be. */
async function round(wanted: readonly HealthSchedule[], existing: Map<string, number>, deafTo?: string): Promise<string[]> {
  const told: string[] = [];
  const tell = (what: string, targetId: string): void => {
    if (targetId === deafTo) throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal did not answer.');
    told.push(`${what} ${targetId}`);
  };
  await reconcileSchedules(
    {
      targets: { listChecked: async ({ after, limit }) => wanted.filter(({ targetId }) => after === null || targetId > after).slice(0, limit) },
      engine: {
        listHealthSchedules: async () => [...existing].map(([targetId, intervalMs]) => ({ targetId, intervalMs })),
        setHealthSchedule: async ({ targetId, intervalMs }) => {
          tell('set', targetId);
          existing.set(targetId, intervalMs);
        },
        removeHealthSchedule: async (targetId) => {
          tell('remove', targetId);
          existing.delete(targetId);
        },
      },
      logger,
    },
    () => undefined,
  );
  return told;
}

test('a Schedule that was deleted by hand comes back, one of a removed target goes, and one with an old interval follows', async () => {
  const existing = new Map([
    ['slow', 1000],
    ['removed', 1000],
    ['same', 1000],
  ]);
  const wanted = ['deleted', 'same', 'slow'].map((targetId) => ({ targetId, intervalMs: targetId === 'slow' ? 5000 : 1000 }));

  expect(await round(wanted, existing)).toEqual(['remove removed', 'set deleted', 'set slow']);
  expect(await round(wanted, existing)).toEqual([]);
});

test('after the loss of Temporal’s database all come back, so many in a round, whatever one of them does', async () => {
  const wanted = Array.from({ length: 1100 }, (_, index) => ({ targetId: String(index).padStart(5, '0'), intervalMs: 1000 }));
  const existing = new Map<string, number>();

  const counts: number[] = [];
  for (let rounds = 0; rounds < 7; rounds++) counts.push((await round(wanted, existing, rounds === 0 ? '00003' : undefined)).length);

  expect(counts).toEqual([199, 200, 200, 200, 200, 101, 0]);
  expect(existing.size).toBe(1100);
});
