import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HealthSchedule } from '../../../src/domain/targets/health-schedule.ts';
import { healthScheduleOf, offsetMsOf, planSchedules } from '../../../src/domain/targets/health-schedule.ts';

const CHECKED = { id: 'a', status: 'available', mechanism: 'local', healthCheck: { enabled: true, intervalMs: 60_000, timeoutMs: 1000 } } as const;

test.each([
  ['that names an interval', {}, 60_000],
  ['whose interval is no whole number of seconds: a little later', { healthCheck: { ...CHECKED.healthCheck, intervalMs: 1001 } }, 2000],
  ['that is in error, to see when it recovers', { status: 'error' }, 60_000],
  ['that is disabled: never', { status: 'disabled' }, undefined],
  ['that wants no checks: never', { healthCheck: { ...CHECKED.healthCheck, enabled: false } }, undefined],
  ['of a mechanism that cannot start: never', { mechanism: 'ssh' }, undefined],
] as const)('looks at a target %s', (_name, differs, intervalMs) => {
  expect(healthScheduleOf({ ...CHECKED, ...differs })?.intervalMs).toBe(intervalMs);
});

test('spreads the looks at many targets over the interval, in whole seconds', () => {
  const intervalMs = 300_000;

  const offsets = Array.from({ length: 1000 }, () => offsetMsOf({ targetId: randomUUID(), intervalMs }));

  for (const offset of offsets) {
    expect(offset).toBeLessThan(intervalMs);
    expect(offset % 1000).toBe(0);
  }
  expect(new Set(offsets).size).toBeGreaterThan(200);
});

test('sets what is missing or has another interval, removes what nobody wants, and leaves the rest', () => {
  const schedule = fc.record({ targetId: fc.constantFrom('a', 'b', 'c', 'd'), intervalMs: fc.constantFrom(1000, 2000) });
  const schedules = fc.uniqueArray(schedule, { selector: ({ targetId }) => targetId });
  fc.assert(
    fc.property(schedules, schedules, (wanted, existing) => {
      const { set, remove } = planSchedules(wanted, existing);

      const kept = existing.filter(({ targetId }) => !remove.includes(targetId) && !set.some((one) => one.targetId === targetId));
      const byId = (list: readonly HealthSchedule[]) => [...list].sort((one, other) => (one.targetId < other.targetId ? -1 : 1));
      expect(byId([...kept, ...set])).toEqual(byId(wanted));
    }),
  );
});
