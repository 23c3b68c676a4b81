import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candidate } from '../../../src/domain/scheduling/rank-candidates.ts';
import { Room } from '../../../src/domain/scheduling/room.ts';
import type { QueueEntry, Snapshot } from '../../../src/domain/scheduling/snapshot.ts';
import { agent, anySnapshot, entry, snapshot, target } from './world.ts';

test('puts a free agent before a start', () => {
  const order = rank(entry({ workId: 'a' }), { agents: [agent({ guid: 'a1' })], targets: [target({ id: 't1' })] });

  expect(order).toEqual(['a1', 't1']);
});

test('puts the preferred agent type first, then who was free longest, then the id', () => {
  const agents = [
    agent({ guid: 'other', agentType: 'copilot-cli', freeSinceMs: 0 }),
    agent({ guid: 'late', freeSinceMs: 9 }),
    agent({ guid: 'b', freeSinceMs: 1 }),
    agent({ guid: 'a', freeSinceMs: 1 }),
  ];

  expect(rank(entry({ workId: 'x' }), { agents })).toEqual(['a', 'b', 'late', 'other']);
});

test('puts a target that failed last, the one that failed longest ago before the others, and the emptier before the fuller', () => {
  const targets = [target({ id: 'now' }), target({ id: 'before' }), target({ id: 'first' }), target({ id: 'full', held: 8 }), target({ id: 'empty', held: 1 })];

  expect(rank(entry({ workId: 'x', failedTargetIds: ['now', 'before', 'gone', 'first'] }), { targets })).toEqual(['empty', 'full', 'first', 'before', 'now']);
});

test('names the rule that dropped each candidate', () => {
  const targets = [
    target({ id: 'a', capabilities: ['test'] }),
    target({ id: 'b', boundaries: ['corporate'] }),
    target({ id: 'c', agentType: 'copilot-cli' }),
    target({ id: 'd', hostOpen: false }),
    target({ id: 'e', held: 10 }),
    target({ id: 'f' }),
    target({ id: 'g', disabled: true }),
    target({ id: 'h', mechanism: 'ssh' }),
    target({ id: 'i', breaker: { state: 'open', cause: 'starts' } }),
    target({ id: 'j', breaker: { state: 'open', cause: 'health' } }),
    target({ id: 'k', breaker: { state: 'half-open', cause: 'starts', startsUnderWay: 1 } }),
    target({ id: 'l', breaker: { state: 'half-open', cause: 'starts', startsUnderWay: 0 } }),
  ];
  const item = entry({ workId: 'x', needs: { capability: 'build', boundary: 'open-source', agentTypes: ['claude-code'] } });

  const candidates = rankCandidates(item, new Room(snapshot({ targets })));

  expect(Object.fromEntries(candidates.map(({ choice, rule }) => [choice.targetId, rule]))).toEqual({
    a: 'capability',
    b: 'boundary',
    c: 'agent-type',
    d: 'host-closed',
    e: 'at-limit',
    f: 'kept',
    g: 'disabled',
    h: 'mechanism-unavailable',
    i: 'breaker-open',
    j: 'unhealthy',
    k: 'breaker-open',
    l: 'kept',
  });
});

test('a rule that starts nothing leaves only free agents', () => {
  const item = entry({ workId: 'x', needs: { capability: 'build', boundary: 'open-source', agentTypes: ['claude-code'], freeAgentsOnly: true } });

  const candidates = rankCandidates(item, new Room(snapshot({ agents: [agent({ guid: 'a1' })], targets: [target({ id: 't1' })] })));

  expect(candidates).toMatchObject([
    { choice: { kind: 'agent' }, rule: 'kept' },
    { choice: { kind: 'start' }, rule: 'no-start', kept: false },
  ]);
});

test('an agent that was given away is no candidate any more', () => {
  const room = new Room(snapshot({ agents: [agent({ guid: 'a1' })] }));
  room.take(entry({ workId: 'other' }), { kind: 'agent', agentGuid: 'a1', targetId: 't1' });

  expect(rankCandidates(entry({ workId: 'x' }), room)).toMatchObject([{ rule: 'taken', kept: false }]);
});

test('never looks at the agents and targets of another project', () => {
  fc.assert(
    fc.property(anySnapshot, (pool) => {
      const room = new Room(pool);
      for (const item of pool.queue) {
        for (const { choice } of rankCandidates(item, room)) {
          const offer =
            choice.kind === 'agent' ? pool.agents.find((one) => one.guid === choice.agentGuid) : pool.targets.find((one) => one.id === choice.targetId);
          expect(offer?.projectId).toBe(item.projectId);
        }
      }
    }),
  );
});

test('the choice is the first of the list, and never where the item could not start while something else is left', () => {
  fc.assert(
    fc.property(anySnapshot, (pool) => {
      for (const item of pool.queue) {
        const kept = rankCandidates(item, new Room(pool)).filter((candidate) => candidate.kept);
        const chosen = new Room(pool).offersFor(item).best(item);

        expect(chosen).toEqual(kept[0]?.choice ?? null);
        if (chosen?.kind !== 'start' || !item.failedTargetIds.includes(chosen.targetId)) continue;
        for (const { choice } of kept) expect(item.failedTargetIds).toContain(choice.targetId);
      }
    }),
  );
});

function rank(item: QueueEntry, fields: Partial<Snapshot>): string[] {
  return rankCandidates(item, new Room(snapshot(fields))).map(({ choice }) => (choice.kind === 'agent' ? choice.agentGuid : choice.targetId));
}

function rankCandidates(item: QueueEntry, room: Room): readonly Candidate[] {
  return room.offersFor(item).list(item, Number.POSITIVE_INFINITY);
}
