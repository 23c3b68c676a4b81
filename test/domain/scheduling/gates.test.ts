import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import { agent, anySnapshot, entry, NOW_MS, snapshot, target } from './world.ts';

describe('a gate before an item', () => {
  const needs = entry({ workId: 'a' }).needs;

  test('keeps it from everything, whatever there is, and says so', () => {
    const gated = entry({ workId: 'a', needs: { ...needs, gate: { closed: 'everything' } } });

    const decisions = decide(snapshot({ queue: [gated, entry({ workId: 'b' })], agents: [agent({ guid: 'g' })], targets: [target({ id: 't1' })] }), NOW_MS);

    expect(decisions.waiting).toEqual([{ workId: 'a', reason: 'waits for approval', needsApproval: true }]);
    expect(decisions.grants).toMatchObject([{ workId: 'b', choice: { kind: 'agent', agentGuid: 'g' } }]);
  });

  test('before a target, and agents there, leaves the others open', () => {
    const gated = entry({ workId: 'a', needs: { ...needs, gate: { closed: 'targets', names: ['dear'] } } });
    const dear = [target({ id: 't1', name: 'dear' })];
    const agents = [agent({ guid: 'g', targetId: 't1', targetName: 'dear' })];

    const elsewhere = decide(snapshot({ queue: [gated], agents, targets: [...dear, target({ id: 't2' })] }), NOW_MS);
    const nowhere = decide(snapshot({ queue: [gated], agents, targets: dear }), NOW_MS);

    expect(elsewhere.grants).toMatchObject([{ choice: { kind: 'start', targetId: 't2' } }]);
    expect(nowhere.waiting).toEqual([{ workId: 'a', reason: expect.stringContaining('waits for approval'), needsApproval: true }]);
  });

  test('holds whatever the queue and the pool', () => {
    fc.assert(
      fc.property(anySnapshot, (pool) => {
        for (const { workId, choice } of decide(pool, NOW_MS).grants) {
          const gate = pool.queue.find((one) => one.workId === workId)?.needs.gate;
          const place = choice.kind === 'agent' ? pool.agents.find((one) => one.guid === choice.agentGuid)?.targetName : nameOf(pool.targets, choice.targetId);
          expect(gate?.closed).not.toBe('everything');
          if (gate?.closed === 'targets') expect(gate.names).not.toContain(place);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function nameOf(targets: readonly { readonly id: string; readonly name: string }[], id: string): string | undefined {
  return targets.find((one) => one.id === id)?.name;
}
