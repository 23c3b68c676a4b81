import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findMembers } from '../../../src/adapters/local/find-members.ts';
import type { ProcessFacts } from '../../../src/adapters/local/process-facts.ts';

const GUID = 'the-agent';
const ROOT = { pid: 100, startTicks: 1000 };

function aProcess(pid: number, differs: Partial<ProcessFacts> = {}): ProcessFacts {
  return { pid, startTicks: 1000 + pid, parentPid: 1, groupId: pid, sessionId: pid, isDead: false, agentGuid: null, ...differs };
}

const root = aProcess(100, { startTicks: 1000, agentGuid: GUID });

function pidsOf(processes: readonly ProcessFacts[], agent: { roots?: readonly (typeof ROOT)[]; known?: readonly (typeof ROOT)[] } = {}): readonly number[] {
  return findMembers(processes, { guid: GUID, roots: agent.roots ?? [ROOT], known: agent.known ?? [] }).map(({ pid }) => pid);
}

describe('findMembers', () => {
  test.each<[string, ProcessFacts]>([
    ['that carries the marker, in a session of its own', aProcess(200, { agentGuid: GUID })],
    ['without the marker in the group of the first process', aProcess(200, { groupId: 100 })],
    ['without the marker in the session of the first process', aProcess(200, { sessionId: 100 })],
    ['without the marker whose parent is one of them', aProcess(200, { parentPid: 100 })],
  ])('takes a process %s', (_, other) => {
    expect(pidsOf([root, other])).toEqual([100, 200]);
  });

  test('takes descendants of descendants, in whatever order they are listed', () => {
    expect(pidsOf([aProcess(300, { parentPid: 200 }), aProcess(200, { parentPid: 100 }), root])).toEqual([300, 200, 100]);
  });

  test('takes a process that was known before, though nothing ties it to the agent any more', () => {
    expect(pidsOf([aProcess(200)], { known: [{ pid: 200, startTicks: 1200 }] })).toEqual([200]);
  });

  test('takes the group of a dead first process when a marked process stands for it', () => {
    expect(pidsOf([aProcess(200, { groupId: 100, agentGuid: GUID }), aProcess(201, { groupId: 100 })])).toEqual([200, 201]);
  });

  test.each<[string, readonly ProcessFacts[]]>([
    ['that has the pid of the first one but another start', [aProcess(100, { startTicks: 1001 })]],
    ['in the group of a recycled pid', [aProcess(100, { startTicks: 1001 }), aProcess(200, { groupId: 100 })]],
    ['in a group of the first one\u2019s number that nobody vouches for', [aProcess(200, { groupId: 100 })]],
    ['with the marker of another agent', [aProcess(200, { agentGuid: 'the-agent-2' })]],
    ['that is a zombie', [{ ...root, isDead: true }]],
    ['with nothing in common', [aProcess(200)]],
  ])('leaves alone a process %s', (_, processes) => {
    expect(pidsOf(processes)).toEqual([]);
  });

  test('takes the group of a zombie leader', () => {
    expect(pidsOf([{ ...root, isDead: true }, aProcess(200, { groupId: 100 })])).toEqual([200]);
  });

  test('never takes a process without a tie to the agent: not marked, no root, no known one, no such parent, group or session', () => {
    const pid = fc.integer({ min: 2, max: 40 });
    const anyProcess = fc.record({
      pid,
      startTicks: fc.integer({ min: 0, max: 3 }),
      parentPid: fc.integer({ min: 1, max: 40 }),
      groupId: pid,
      sessionId: pid,
      isDead: fc.boolean(),
      agentGuid: fc.constantFrom(null, GUID, 'other'),
    });
    const processes = fc.uniqueArray(anyProcess, { selector: (one) => one.pid, maxLength: 30 });
    const identity = fc.record({ pid, startTicks: fc.integer({ min: 0, max: 3 }) });

    fc.assert(
      fc.property(processes, fc.array(identity, { maxLength: 2 }), (all, roots) => {
        const members = new Set(findMembers(all, { guid: GUID, roots, known: [] }).map((one) => one.pid));
        const takenOrDead = (one: number): boolean => members.has(one) || all.some((facts) => facts.pid === one && facts.isDead);
        for (const one of all.filter((facts) => members.has(facts.pid))) {
          const isRoot = roots.some((wanted) => wanted.pid === one.pid && wanted.startTicks === one.startTicks);
          const isInRootGroup = roots.some((wanted) => one.groupId === wanted.pid || one.sessionId === wanted.pid);
          expect(one.agentGuid === GUID || isRoot || isInRootGroup || takenOrDead(one.parentPid)).toBe(true);
        }
        for (const one of all) if (one.agentGuid === GUID && !one.isDead) expect(members.has(one.pid)).toBe(true);
      }),
    );
  });
});
