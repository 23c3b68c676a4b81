import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import { foresee } from '../../../src/domain/scheduling/foresee.ts';
import { agent, anySnapshot, entry, NOW_MS, project, snapshot, target } from './world.ts';

test('what is foreseen is what the next round grants, behind any number that need the same', () => {
  fc.assert(
    fc.property(anySnapshot, fc.integer({ min: 0, max: 6 }), (pool, ahead) => {
      const model = pool.queue[0] ?? entry({ workId: 'a-model' });
      const last = { ...model, workId: 'zz-last', notBeforeMs: 0, waitsForOldAgent: false };
      const others = Array.from({ length: ahead }, (_, n) => ({ ...last, workId: `a-${String(n)}` }));

      const granted = decide({ ...pool, spinUps: [], queue: [...others, last] }, NOW_MS).grants.find(({ workId }) => workId === last.workId);
      const prospect = foresee(last, pool, ahead);

      expect(prospect === 'agent' || prospect === 'start' ? prospect : undefined).toBe(granted?.choice.kind);
    }),
  );
});

describe('an item that is granted nothing', () => {
  test.each([
    ['waits for room on a target that is full', { targets: [target({ id: 't1', agentsMax: 1, held: 1 })] }, 0, 'full'],
    ['waits behind another that takes the last place', { targets: [target({ id: 't1', agentsMax: 1 })] }, 1, 'full'],
    ['waits for its project’s limit', { agents: [agent({ guid: 'a' })], projects: [project({ slotsMax: 1, slotsHeld: 1 })] }, 0, 'full'],
    ['waits until a breaker lets starts through again', { targets: [target({ id: 't1', breaker: { state: 'open', cause: 'starts' } })] }, 0, 'full'],
    ['expects nothing where nobody can do it', { targets: [target({ id: 't1', capabilities: ['paint'] })] }, 0, 'nothing'],
    ['expects nothing from a host that is stopped', { targets: [target({ id: 't1', hostOpen: false })] }, 0, 'nothing'],
    ['expects nothing without targets', {}, 0, 'nothing'],
  ] as const)('%s', (...[, pool, ahead, prospect]) => {
    expect(foresee(entry({ workId: 'w' }), snapshot(pool), ahead)).toBe(prospect);
  });
});
