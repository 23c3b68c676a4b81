import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AGEING_STEP_MS } from '../../../src/domain/scheduling/ageing.ts';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import type { QueueEntry, Snapshot } from '../../../src/domain/scheduling/snapshot.ts';
import { anySnapshot, entry, NOW_MS, project, snapshot, target } from './world.ts';

const MINUTE_MS = 60_000;

/** Who is granted, in this order, with room for `room` of them. */
function granted(queue: readonly QueueEntry[], { room, ...fields }: Partial<Snapshot> & { room: number }): string[] {
  const projects = fields.projects ?? [project()];
  const targets = projects.map(({ projectId }) => target({ id: `t-${projectId}`, projectId, agentsMax: 1000 }));
  return decide(snapshot({ queue, targets, ...fields, projects }), NOW_MS, room).grants.map(({ workId }) => workId);
}

function many(count: number, fields: Partial<QueueEntry> & { workId: string }): QueueEntry[] {
  return Array.from({ length: count }, (_, n) => entry({ ...fields, workId: `${fields.workId}-${String(n).padStart(4, '0')}` }));
}

function countOf(workIds: readonly string[], start: string): number {
  return workIds.filter((workId) => workId.startsWith(start)).length;
}

describe('priority with age', () => {
  const waited = (steps: number): number => NOW_MS - steps * AGEING_STEP_MS;

  test.each([
    ['a more urgent one comes first', { priority: 5 }, { priority: 6 }, 'other'],
    ['who waited a step longer is as urgent, and stands before', { priority: 5, enqueuedAtMs: waited(1) }, { priority: 6 }, 'first'],
    ['less than a step is worth nothing', { priority: 5, enqueuedAtMs: waited(0.9) }, { priority: 6 }, 'other'],
    ['the least urgent overtakes the most urgent newcomer in the end', { priority: 1, enqueuedAtMs: waited(9) }, { priority: 10 }, 'first'],
  ])('%s, whether both are of one submitter or of two', (...[, one, other, winner]) => {
    for (const submitter of ['alice', 'bob']) {
      const queue = [entry({ workId: 'first', enqueuedAtMs: NOW_MS - 1, ...one }), entry({ workId: 'other', submitter, enqueuedAtMs: NOW_MS, ...other })];

      expect(granted(queue, { room: 1 })).toEqual([winner]);
    }
  });

  test('a backlog that is being served does not age past newcomers', () => {
    const backlog = many(5, { workId: 'old', enqueuedAtMs: waited(50), lastGrantAtMs: NOW_MS - 1 });
    const newcomer = entry({ workId: 'new', submitter: 'bob', priority: 6, enqueuedAtMs: NOW_MS });

    expect(granted([...backlog, newcomer], { room: 1 })).toEqual(['new']);
  });

  test('an urgent item lends its level to what stands before it in its own line', () => {
    const queue = [
      entry({ workId: 'old', priority: 1, enqueuedAtMs: waited(20), lastGrantAtMs: NOW_MS }),
      entry({ workId: 'urgent', priority: 10, enqueuedAtMs: NOW_MS, lastGrantAtMs: NOW_MS }),
      entry({ workId: 'other', submitter: 'bob', priority: 9, enqueuedAtMs: NOW_MS }),
    ];

    expect(granted(queue, { room: 2 })).toEqual(['old', 'urgent']);
  });

  test('whoever waits for ten steps is passed by each other line once at most, however urgent it is', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 40 }), (priorities, minutesPerGrant) => {
        const last = new Map<string, number>();
        const passedBy = new Map<string, number>();
        for (let atMs = 0; atMs < 40 * AGEING_STEP_MS; atMs += minutesPerGrant * MINUTE_MS) {
          // Each of the others always has something new to do; the poor one has waited from the beginning.
          const others = priorities.map((priority, n) => ({ submitter: `other-${String(n)}`, priority, enqueuedAtMs: atMs }));
          const queue = [{ submitter: 'poor', priority: 1, enqueuedAtMs: 0 }, ...others].map((one) =>
            entry({ ...one, workId: one.submitter, lastGrantAtMs: last.get(one.submitter) ?? null }),
          );
          const [winner] = decide(snapshot({ queue, targets: [target({ id: 't1' })] }), atMs, 1).grants;
          if (winner?.workId === 'poor') return;
          if (winner === undefined) throw new Error('nobody was granted anything');
          last.set(winner.workId, atMs);
          if (atMs >= 10 * AGEING_STEP_MS) passedBy.set(winner.workId, (passedBy.get(winner.workId) ?? 0) + 1);
          expect(Math.max(0, ...passedBy.values())).toBeLessThanOrEqual(1);
        }
        throw new Error('the poor one starves');
      }),
    );
  });
});

describe('among equally urgent items', () => {
  test('submitters take turns, however many items one of them has', () => {
    const queue = [...many(50, { workId: 'alice', submitter: 'alice' }), ...many(3, { workId: 'bob', submitter: 'bob', enqueuedAtMs: 9 })];

    const order = granted(queue, { room: 6 });

    expect([countOf(order, 'alice'), countOf(order, 'bob')]).toEqual([3, 3]);
  });

  test('who has held agents for less comes first, be it by fewer grants or by more', () => {
    const queue = ['alice', 'bob'].flatMap((submitter) => many(9, { workId: submitter, submitter, enqueuedAtMs: NOW_MS }));
    const spent = [
      { projectId: 'p1', submitter: 'alice', minutes: 30, medianMinutes: 30 },
      { projectId: 'p1', submitter: 'bob', minutes: 24, medianMinutes: 1 },
    ];

    expect(countOf(granted(queue, { room: 6, spent }), 'bob')).toBe(6);
    expect(countOf(granted(queue, { room: 7, spent }), 'alice')).toBe(1);
  });

  test('a slot that is held only just counts as what the submitter’s slots usually take', () => {
    const queue = [entry({ workId: 'alice', submitter: 'alice' }), entry({ workId: 'bob', submitter: 'bob', enqueuedAtMs: 9 })];
    const held = [{ projectId: 'p1', submitter: 'alice', capability: 'build', mechanism: 'local' as const, slots: 1, minutes: 0 }];

    expect(granted(queue, { room: 1, held })).toEqual(['bob']);
  });

  test('projects share by their weights, before their submitters do', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (one, other) => {
        const projects = [project({ projectId: 'p1', slotsMax: 500, weight: one }), project({ projectId: 'p2', slotsMax: 500, weight: other })];
        const queue = [
          ...many(200, { workId: 'p1-alice' }),
          ...many(200, { workId: 'p2-alice', projectId: 'p2' }),
          ...many(200, { workId: 'p2-bob', projectId: 'p2', submitter: 'bob' }),
        ];

        const order = granted(queue, { room: 180, projects });

        expect(countOf(order, 'p1') / 180).toBeCloseTo(one / (one + other), 1);
        expect(Math.abs(countOf(order, 'p2-alice') - countOf(order, 'p2-bob'))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  });

  test('what takes turns leaves no room unused: a bound only cuts the same order short', () => {
    fc.assert(
      fc.property(anySnapshot, fc.integer({ min: 0, max: 12 }), (pool, grantsMax) => {
        const whole = decide(pool, NOW_MS);
        const part = decide(pool, NOW_MS, grantsMax);

        expect(part.grants).toEqual(whole.grants.slice(0, grantsMax));
        expect(part.cut ? part.retire : whole.retire).toEqual(part.retire);
      }),
    );
  });
});

test('nine small submitters beside one with a thousand items wait at most three times as long as alone', () => {
  const small = Array.from({ length: 9 }, (_, n) => many(10, { workId: `small-${String(n)}`, submitter: `small-${String(n)}`, enqueuedAtMs: 60 * MINUTE_MS }));
  const big = many(1000, { workId: 'big', submitter: 'big', enqueuedAtMs: 0 });

  const alone = p99OfSmall(small.flat());
  const beside = p99OfSmall([...small.flat(), ...big]);

  expect(beside).toBeLessThanOrEqual(3 * alone);
});

/** Ten agents, two minutes for an item, from the moment when the small ones come; the big one is at it for an hour. */
function p99OfSmall(items: readonly QueueEntry[]): number {
  const TAKES_MS = 2 * MINUTE_MS;
  const running: { entry: QueueEntry; fromMs: number }[] = [];
  const done: { entry: QueueEntry; fromMs: number; untilMs: number }[] = [];
  const lastGrant = new Map<string, number>();
  const waits: number[] = [];
  let waiting = [...items];
  for (let nowMs = 0; waits.length < 90 && nowMs < 1000 * MINUTE_MS; nowMs += MINUTE_MS) {
    for (const one of running.filter(({ fromMs }) => nowMs - fromMs >= TAKES_MS)) {
      running.splice(running.indexOf(one), 1);
      done.push({ ...one, untilMs: nowMs });
    }
    const queue = waiting.filter(({ enqueuedAtMs }) => enqueuedAtMs <= nowMs).map((one) => ({ ...one, lastGrantAtMs: lastGrant.get(one.submitter) ?? null }));
    const targets = [target({ id: 't1', agentsMax: 10, held: running.length })];
    const use = { held: heldBy(running, nowMs), spent: spentBy(done, nowMs) };
    for (const { workId } of decide(snapshot({ queue, targets, projects: [project({ slotsMax: 2000 })], ...use }), nowMs).grants) {
      const one = waiting.find((item) => item.workId === workId);
      if (one === undefined) throw new Error(`${workId} does not wait`);
      waiting = waiting.filter((item) => item !== one);
      running.push({ entry: one, fromMs: nowMs });
      lastGrant.set(one.submitter, nowMs);
      if (workId.startsWith('small')) waits.push(nowMs - one.enqueuedAtMs);
    }
  }
  expect(waits).toHaveLength(90);
  return waits.sort((a, b) => a - b)[89] ?? Number.NaN;
}

function heldBy(running: readonly { entry: QueueEntry; fromMs: number }[], nowMs: number): Snapshot['held'] {
  const submitters = new Set(running.map(({ entry: { submitter } }) => submitter));
  return [...submitters].map((submitter) => {
    const own = running.filter((one) => one.entry.submitter === submitter);
    return {
      projectId: 'p1',
      submitter,
      capability: 'build',
      mechanism: 'local',
      slots: own.length,
      minutes: own.reduce((sum, { fromMs }) => sum + (nowMs - fromMs) / MINUTE_MS, 0),
    };
  });
}

function spentBy(done: readonly { entry: QueueEntry; fromMs: number; untilMs: number }[], nowMs: number): Snapshot['spent'] {
  const recent = done.filter(({ untilMs }) => nowMs - untilMs < 60 * MINUTE_MS);
  const submitters = new Set(recent.map(({ entry: { submitter } }) => submitter));
  return [...submitters].map((submitter) => {
    const own = recent.filter((one) => one.entry.submitter === submitter);
    return { projectId: 'p1', submitter, minutes: own.reduce((sum, { fromMs, untilMs }) => sum + (untilMs - fromMs) / MINUTE_MS, 0), medianMinutes: 2 };
  });
}
