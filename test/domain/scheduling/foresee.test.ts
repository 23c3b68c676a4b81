import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import { foresee } from '../../../src/domain/scheduling/foresee.ts';
import type { GrantChoice } from '../../../src/domain/scheduling/grant.ts';
import type { Snapshot } from '../../../src/domain/scheduling/snapshot.ts';
import { agent, anySnapshot, entry, NOW_MS, project, snapshot, target } from './world.ts';

function agentTypeOf(choice: GrantChoice | undefined, { agents, targets }: Snapshot): string | undefined {
  if (choice?.kind === 'agent') return agents.find(({ guid }) => guid === choice.agentGuid)?.agentType;
  return targets.find(({ id }) => id === choice?.targetId)?.agentType;
}

test('what is foreseen is what the next round grants, the agent’s type included, behind any number that need the same', () => {
  fc.assert(
    fc.property(anySnapshot, fc.integer({ min: 0, max: 6 }), (pool, ahead) => {
      const model = pool.queue[0] ?? entry({ workId: 'a-model' });
      const last = { ...model, workId: 'zz-last', notBeforeMs: 0, waitsForOldAgent: false };
      const others = Array.from({ length: ahead }, (_, n) => ({ ...last, workId: `a-${String(n)}` }));

      const granted = decide({ ...pool, spinUps: [], queue: [...others, last] }, NOW_MS).grants.find(({ workId }) => workId === last.workId);
      const { prospect, agentType } = foresee(last, pool, ahead);

      expect(prospect === 'agent' || prospect === 'start' ? prospect : undefined).toBe(granted?.choice.kind);
      expect(agentType).toBe(agentTypeOf(granted?.choice, pool));
    }),
  );
});

describe('an item that is granted nothing', () => {
  test.each([
    ['waits far behind others for room on a target that is full', { targets: [target({ id: 't1', agentsMax: 1, held: 1 })] }, 10, 'full'],
    ['waits until a breaker lets starts through again', { targets: [target({ id: 't1', breaker: { state: 'open', cause: 'starts' } })] }, 0, 'full'],
    ['expects nothing where nobody can do it', { targets: [target({ id: 't1', capabilities: ['paint'] })] }, 0, 'nothing'],
    ['expects nothing from a host that is stopped', { targets: [target({ id: 't1', hostOpen: false })] }, 0, 'nothing'],
    ['expects nothing without targets', {}, 0, 'nothing'],
  ] as const)('%s', (...[, pool, ahead, prospect]) => {
    expect(foresee(entry({ workId: 'w' }), snapshot(pool), ahead)).toEqual({ prospect });
  });

  test.each([
    ['room on a target that is full', { targets: [target({ id: 't1', agentsMax: 1, held: 1 })] }, 9],
    ['the last place, which another takes before it', { targets: [target({ id: 't1', agentsMax: 1 })] }, 1],
    ['its project’s limit', { agents: [agent({ guid: 'a' })], projects: [project({ slotsMax: 1, slotsHeld: 1 })] }, 0],
    ['an agent that is at work', { agents: [agent({ guid: 'a', tasks: { free: 0, max: 1 } })] }, 0],
  ] as const)('is among the next for %s', (...[, pool, ahead]) => {
    expect(foresee(entry({ workId: 'w' }), snapshot(pool), ahead)).toEqual({ prospect: 'full', isNext: true });
  });
});

describe('an item that prefers claude-code expects', () => {
  const [claude, copilot] = [{ agentType: 'claude-code' }, { agentType: 'copilot-cli' }] as const;
  test.each([
    [
      'a start of it, where there is room',
      { targets: [target({ id: 't1', ...copilot }), target({ id: 't2', ...claude, held: 5 })] },
      0,
      'start',
      'claude-code',
    ],
    ['a start of the other type, where only that is there', { targets: [target({ id: 't1', ...copilot })] }, 0, 'start', 'copilot-cli'],
    [
      'a start of the other type, where its own is full',
      { targets: [target({ id: 't1', ...copilot }), target({ id: 't2', ...claude, agentsMax: 1, held: 1 })] },
      0,
      'start',
      'copilot-cli',
    ],
    [
      'a free agent of the other type before a start',
      { agents: [agent({ guid: 'a', ...copilot })], targets: [target({ id: 't1' })] },
      0,
      'agent',
      'copilot-cli',
    ],
    ['behind one that takes its own, the other', { agents: [agent({ guid: 'a', ...copilot }), agent({ guid: 'b', ...claude })] }, 1, 'agent', 'copilot-cli'],
  ] as const)('%s', (...[, pool, ahead, prospect, agentType]) => {
    expect(foresee(entry({ workId: 'w' }), snapshot(pool), ahead)).toEqual({ prospect, agentType });
  });
});
