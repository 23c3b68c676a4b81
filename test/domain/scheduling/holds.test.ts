import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import type { Hold } from '../../../src/domain/scheduling/snapshot.ts';
import { agent, anySnapshot, entry, NOW_MS, snapshot, target } from './world.ts';

const anyHold: fc.Arbitrary<Hold> = fc.record({ projectId: fc.constantFrom('p1', null), draining: fc.boolean() });

test('where something is held up nothing is granted, whatever room there is, and each item is told why; elsewhere nothing changes', () => {
  fc.assert(
    fc.property(anySnapshot, anyHold, (pool, hold) => {
      const isHeld = (projectId: string) => hold.projectId === null || hold.projectId === projectId;
      const held = new Set(pool.queue.filter(({ projectId }) => isHeld(projectId)).map(({ workId }) => workId));
      const heldTargets = new Set(pool.targets.filter(({ projectId }) => isHeld(projectId)).map(({ id }) => id));

      const decisions = decide({ ...pool, holds: [hold] }, NOW_MS);

      expect(decisions.grants.filter(({ workId }) => held.has(workId))).toEqual([]);
      expect(decisions.spinUps.filter((one) => one.kind === 'start' && heldTargets.has(one.targetId))).toEqual([]);
      const told = decisions.waiting.filter(({ workId }) => held.has(workId));
      expect(told).toHaveLength(held.size);
      for (const { reason } of told) expect(reason).toMatch(hold.projectId === null ? /^everything is/ : /^the project is/);
    }),
  );
});

test.each<[string, Hold[], string | undefined]>([
  ['paused', [{ projectId: 'p1', draining: false }], 'the project is paused'],
  ['drained', [{ projectId: 'p1', draining: true }], 'the project is being drained'],
  [
    'paused with everything',
    [
      { projectId: 'p1', draining: true },
      { projectId: null, draining: false },
    ],
    'everything is paused',
  ],
  ['at work while another one is paused', [{ projectId: 'p2', draining: false }], undefined],
])('an item of a project that is %s hears of it', (_what, holds, reason) => {
  const { waiting } = decide(snapshot({ queue: [entry({ workId: 'a' })], targets: [target({ id: 't1' })], holds }), NOW_MS);

  expect(waiting[0]?.reason).toBe(reason);
});

test('a paused project keeps its free agents; one that is drained lets go of all it started, however short they were free', () => {
  const agents = [agent({ guid: 'fresh', freeSinceMs: NOW_MS, idleTimeoutMs: 0 }), agent({ guid: 'other', projectId: 'p2', idleTimeoutMs: 0 })];
  const foreign = agent({ guid: 'foreign', targetId: null });
  const retired = (holds: Hold[]) => decide(snapshot({ agents: [...agents, foreign], holds }), NOW_MS).retire;

  expect(retired([{ projectId: 'p1', draining: false }])).toEqual([]);
  expect(retired([{ projectId: 'p1', draining: true }])).toEqual([{ agentGuid: 'fresh', reason: 'drained' }]);
  expect(retired([{ projectId: null, draining: true }])).toEqual(['fresh', 'other'].map((agentGuid) => ({ agentGuid, reason: 'drained' })));
});

test('an agent of a target that is drained leaves, though there is work for it, and also when the round is cut', () => {
  const queue = ['a', 'b', 'c'].map((workId) => entry({ workId }));
  const agents = [agent({ guid: 'leaving', leaving: true }), agent({ guid: 'staying' }), agent({ guid: 'idle', freeSinceMs: 0, idleTimeoutMs: 1 })];

  const { grants, retire, cut } = decide(snapshot({ queue, agents }), NOW_MS, 1);

  expect(cut).toBe(true);
  expect(grants.map(({ choice }) => choice)).not.toContainEqual(expect.objectContaining({ agentGuid: 'leaving' }));
  expect(retire).toEqual([{ agentGuid: 'leaving', reason: 'drained' }]);
});
