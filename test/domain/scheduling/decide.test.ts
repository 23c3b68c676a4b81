import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { levelOf } from '../../../src/domain/scheduling/ageing.ts';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import type { Decisions } from '../../../src/domain/scheduling/decide.ts';
import type { Snapshot } from '../../../src/domain/scheduling/snapshot.ts';
import { limitsOf } from './limits-of.ts';
import { agent, anySnapshot, entry, NOW_MS, project, snapshot, target, waitsForOthers } from './world.ts';

describe('whatever the queue and the pool', () => {
  test('a project never holds more slots than its limit', () => {
    holds(({ pool, decisions }) => {
      for (const project of pool.projects) {
        const granted = decisions.grants.filter((grant) => itemOf(pool, grant.workId).projectId === project.projectId).length;
        expect(granted).toBeLessThanOrEqual(Math.max(0, project.slotsMax - project.slotsHeld));
      }
    });
  });

  test('a target never holds more agents than its limit', () => {
    holds(({ pool, decisions }) => {
      for (const one of pool.targets) {
        const forItems = decisions.grants.filter(({ choice }) => choice.kind === 'start' && choice.targetId === one.id);
        const askedFor = decisions.spinUps.filter((spinUp) => spinUp.kind === 'start' && spinUp.targetId === one.id);
        const starts = forItems.length + askedFor.length;
        expect(starts).toBeLessThanOrEqual(Math.max(0, one.agentsMax - one.held));
      }
    });
  });

  test('nothing is started on a target that is disabled or cannot start', () => {
    holds(({ pool, decisions }) => {
      const closed = pool.targets.filter((one) => one.disabled || one.mechanism !== 'local').map(({ id }) => id);
      for (const { choice } of decisions.grants) if (choice.kind === 'start') expect(closed).not.toContain(choice.targetId);
    });
  });

  test('a grant never crosses a project, a boundary, a capability or an agent type', () => {
    holds(({ pool, decisions }) => {
      for (const { workId, choice } of decisions.grants) {
        const item = itemOf(pool, workId);
        const offer =
          choice.kind === 'agent' ? pool.agents.find((one) => one.guid === choice.agentGuid) : pool.targets.find((one) => one.id === choice.targetId);
        expect(offer?.projectId).toBe(item.projectId);
        expect(offer?.boundaries).toContain(item.needs.boundary);
        expect(offer?.capabilities).toContain(item.needs.capability);
        expect(item.needs.agentTypes).toContain(offer?.agentType);
      }
    });
  });

  test('each agent is used once, and each item gets one slot or one reason', () => {
    holds(({ pool, decisions }) => {
      const agents = decisions.grants.flatMap(({ choice }) => (choice.kind === 'agent' ? [choice.agentGuid] : []));
      const answered = [...decisions.grants, ...decisions.waiting].map(({ workId }) => workId);
      expect(new Set(agents).size).toBe(agents.length);
      expect([...answered].sort()).toEqual(pool.queue.map(({ workId }) => workId).sort());
    });
  });

  test('nothing is granted before its time, on a stopped host, or beside an old agent', () => {
    holds(({ pool, decisions }) => {
      for (const { workId, choice } of decisions.grants) {
        const item = itemOf(pool, workId);
        expect(item.notBeforeMs).toBeLessThanOrEqual(NOW_MS);
        expect(item.waitsForOldAgent).toBe(false);
        if (choice.kind === 'start') expect(pool.targets.find((one) => one.id === choice.targetId)?.hostOpen).toBe(true);
      }
    });
  });

  test('each spin-up gets one answer, and a start only in time, on a host that takes it', () => {
    holds(({ pool, decisions }) => {
      expect(decisions.spinUps.map(({ operationId }) => operationId).sort()).toEqual(pool.spinUps.map(({ operationId }) => operationId).sort());
      for (const spinUp of decisions.spinUps.filter(({ kind }) => kind === 'start')) {
        const asked = pool.spinUps.find(({ operationId }) => operationId === spinUp.operationId);
        expect(asked?.timeoutAtMs).toBeGreaterThan(NOW_MS);
        expect(pool.targets.find(({ id }) => id === asked?.targetId)?.hostOpen).toBe(true);
      }
    });
  });

  test('an agent that is granted is not retired', () => {
    holds(({ decisions }) => {
      const granted = decisions.grants.flatMap(({ choice }) => (choice.kind === 'agent' ? [choice.agentGuid] : []));
      expect(decisions.retire.filter(({ agentGuid }) => granted.includes(agentGuid))).toEqual([]);
    });
  });

  test('an item that waits for room waits behind no less urgent one with the same needs', () => {
    holds(({ pool, decisions }) => {
      for (const { workId } of decisions.waiting) {
        const waiting = itemOf(pool, workId);
        if (waiting.waitsForOldAgent || waiting.notBeforeMs > NOW_MS) continue;
        if (limitsOf(pool, decisions, { ...waiting, mechanism: 'local' }).some(({ max, used }) => used >= max)) continue;
        const rivals = decisions.grants.map((grant) => itemOf(pool, grant.workId)).filter((one) => sameNeeds(one, waiting));
        expect(rivals.filter((one) => lineLevel(pool, one) < waiting.priority)).toEqual([]);
      }
    });
  });

  test('nobody waits while something that fits is left over', () => {
    holds(({ pool, decisions }) => {
      const taken = new Set(decisions.grants.flatMap(({ choice }) => (choice.kind === 'agent' ? [choice.agentGuid] : [])));
      for (const { workId } of decisions.waiting) {
        const item = itemOf(pool, workId);
        const project = pool.projects.find((one) => one.projectId === item.projectId);
        const held = (project?.slotsHeld ?? 0) + decisions.grants.filter((grant) => itemOf(pool, grant.workId).projectId === item.projectId).length;
        if (waitsForOthers(item) || held >= (project?.slotsMax ?? 0)) continue;
        if (limitsOf(pool, decisions, { ...item, mechanism: 'local' }).some(({ max, used }) => used >= max)) continue;
        const fitting = pool.agents.filter((one) => !taken.has(one.guid) && fits(item, one));
        expect(fitting).toEqual([]);
      }
    });
  });

  test('the same rows in any order give the same decisions', () => {
    fc.assert(
      fc.property(anySnapshot, fc.integer(), (pool, seed) => {
        const turned = {
          ...pool,
          queue: rotate(pool.queue, seed),
          spinUps: rotate(pool.spinUps, seed),
          agents: rotate(pool.agents, seed),
          targets: rotate(pool.targets, seed),
          projects: rotate(pool.projects, seed),
        };
        const [one, other] = [decide(pool, NOW_MS), decide(turned, NOW_MS)];
        expect(other.grants).toEqual(one.grants);
        expect(other.waiting).toEqual(one.waiting);
        expect(other.spinUps).toEqual(one.spinUps);
        expect(new Set(other.retire)).toEqual(new Set(one.retire));
        expect(other.lookAgainAtMs).toBe(one.lookAgainAtMs);
      }),
    );
  });
});

test('grants by priority, then by age', () => {
  const queue = [
    entry({ workId: 'old', enqueuedAtMs: 1 }),
    entry({ workId: 'urgent', priority: 9, enqueuedAtMs: 3 }),
    entry({ workId: 'young', enqueuedAtMs: 2 }),
  ];

  const decisions = decide(snapshot({ queue, targets: [target({ id: 't1', agentsMax: 2 })] }), NOW_MS);

  expect(decisions.grants.map((grant) => grant.workId)).toEqual(['urgent', 'old']);
  expect(decisions.waiting).toEqual([{ workId: 'young', reason: 'every target for "build" is at its limit of agents' }]);
});

test('spreads starts over the emptier targets', () => {
  const queue = ['a', 'b', 'c', 'd'].map((workId) => entry({ workId }));

  const { grants } = decide(snapshot({ queue, targets: [target({ id: 't1' }), target({ id: 't2' })] }), NOW_MS);

  expect(grants.map(({ choice }) => choice.targetId)).toEqual(['t1', 't2', 't1', 't2']);
});

test.each([
  ['no target at all', {}, 'the project has no target'],
  ['only targets of another project', { targets: [target({ id: 't1', projectId: 'p2' })] }, 'the project has no target'],
  ['no target with the capability', { targets: [target({ id: 't1', capabilities: ['test'] })] }, 'no target has the capability "build"'],
  ['no target for the boundary', { targets: [target({ id: 't1', boundaries: ['corporate'] })] }, 'no target for "build" allows the boundary "open-source"'],
  ['a disabled target', { targets: [target({ id: 't1', disabled: true })] }, 'every target for "build" is disabled'],
  [
    'a mechanism that cannot start',
    { targets: [target({ id: 't1', mechanism: 'ssh' })] },
    'no target for "build" has a mechanism by which this version can start agents',
  ],
  ['a stopped host', { targets: [target({ id: 't1', hostOpen: false })] }, 'the host of every target for "build" is stopped'],
  ['a full target', { targets: [target({ id: 't1', held: 10 })] }, 'every target for "build" is at its limit of agents'],
  ['a project at its limit', { projects: [project({ slotsMax: 2, slotsHeld: 2 })] }, 'the project is at its limit of slots'],
])('says why an item waits: %s', (_name, fields: Partial<Snapshot>, reason) => {
  const { waiting } = decide(snapshot({ queue: [entry({ workId: 'a' })], ...fields }), NOW_MS);

  expect(waiting).toEqual([{ workId: 'a', reason }]);
});

test('says that the boundary allows none of the agent types there are', () => {
  const needs = { capability: 'build', boundary: 'open-source', agentTypes: ['copilot-cli'] as const };

  const { waiting } = decide(snapshot({ queue: [entry({ workId: 'a', needs })], targets: [target({ id: 't1' })] }), NOW_MS);

  expect(waiting[0]?.reason).toBe('no target for "build" has an agent type that the boundary "open-source" allows');
});

test('says that an item waits for a free agent because its rule starts none, and starts none', () => {
  const needs = { capability: 'build', boundary: 'open-source', agentTypes: ['claude-code'] as const, freeAgentsOnly: true as const };
  const queue = ['a', 'b'].map((workId) => entry({ workId, needs }));

  const decisions = decide(snapshot({ queue, agents: [agent({ guid: 'a1' })], targets: [target({ id: 't1' })] }), NOW_MS);

  expect(decisions.grants).toMatchObject([{ workId: 'a', choice: { kind: 'agent', agentGuid: 'a1' } }]);
  expect(decisions.waiting).toEqual([{ workId: 'b', reason: 'waits for a free agent for "build": the rule of the boundary "open-source" starts none' }]);
});

test('gives an item that the policy forbids to nobody, and says so', () => {
  const needs = { capability: 'build', boundary: 'open-source', agentTypes: [] };

  const { grants, waiting } = decide(snapshot({ queue: [entry({ workId: 'a', needs })], targets: [target({ id: 't1' })] }), NOW_MS);

  expect(grants).toEqual([]);
  expect(waiting).toEqual([{ workId: 'a', reason: 'the project\'s policy allows the boundary "open-source" to no agent that this item may use' }]);
});

test('retires agents that were free for too long and that nobody wants', () => {
  const agents = [
    agent({ guid: 'wanted', freeSinceMs: 0, idleTimeoutMs: 10 }),
    agent({ guid: 'idle', freeSinceMs: 5, idleTimeoutMs: 10 }),
    agent({ guid: 'kept', freeSinceMs: 5, idleTimeoutMs: 0 }),
    agent({ guid: 'fresh', freeSinceMs: NOW_MS - 5, idleTimeoutMs: 10 }),
  ];

  const decisions = decide(snapshot({ queue: [entry({ workId: 'a' })], agents }), NOW_MS);

  expect(decisions.grants[0]?.choice).toEqual({ kind: 'agent', agentGuid: 'wanted', targetId: 't1' });
  expect(decisions.retire).toEqual([{ agentGuid: 'idle', reason: 'idle' }]);
  expect(decisions.lookAgainAtMs).toBe(NOW_MS + 5);
});

describe('a spin-up that somebody asked for', () => {
  const spinUps = [{ operationId: 'op', targetId: 't1', requestedAtMs: 0, timeoutAtMs: NOW_MS + 700 }];

  test('comes before the items, and takes no slot of the project', () => {
    const pool = { queue: [entry({ workId: 'a', priority: 10 })], projects: [project({ slotsMax: 0 })] };

    const decisions = decide(snapshot({ spinUps, targets: [target({ id: 't1', agentsMax: 1 })], ...pool }), NOW_MS);

    expect(decisions.spinUps).toEqual([{ kind: 'start', operationId: 'op', targetId: 't1' }]);
    expect(decisions.grants).toEqual([]);
    expect(decisions.lookAgainAtMs).toBeNull();
  });

  test.each([
    ['a full target', target({ id: 't1', agentsMax: 1, held: 1 }), 'the target "t1" is at its limit of agents'],
    ['a stopped host', target({ id: 't1', hostOpen: false }), 'the host of the target "t1" is stopped'],
  ])('waits for %s until its time is over', (_name, full, reason) => {
    const waiting = decide(snapshot({ spinUps, targets: [full] }), NOW_MS);
    expect(waiting.spinUps).toEqual([{ kind: 'wait', operationId: 'op', reason, untilMs: NOW_MS + 700 }]);
    expect(waiting.lookAgainAtMs).toBe(NOW_MS + 700);

    const over = decide(snapshot({ spinUps, targets: [full] }), NOW_MS + 700);
    expect(over.spinUps).toEqual([{ kind: 'end', operationId: 'op', status: 'timeout', message: 'Timeout' }]);
  });

  test('fails at once when its target is no longer there', () => {
    const { spinUps: decisions } = decide(snapshot({ spinUps, targets: [target({ id: 't2' })] }), NOW_MS);

    expect(decisions).toEqual([{ kind: 'end', operationId: 'op', status: 'failed', message: 'The target was removed or disabled.' }]);
  });
});

test('looks again when the first backoff ends', () => {
  const queue = [entry({ workId: 'later', notBeforeMs: NOW_MS + 900 }), entry({ workId: 'soon', notBeforeMs: NOW_MS + 300 })];

  const decisions = decide(snapshot({ queue, targets: [target({ id: 't1' })] }), NOW_MS);

  expect(decisions.grants).toEqual([]);
  expect(decisions.lookAgainAtMs).toBe(NOW_MS + 300);
});

function holds(check: (one: { pool: Snapshot; decisions: Decisions }) => void): void {
  fc.assert(
    fc.property(anySnapshot, (pool) => {
      check({ pool, decisions: decide(pool, NOW_MS) });
    }),
    { numRuns: 300 },
  );
}

function itemOf(pool: Snapshot, workId: string): Snapshot['queue'][number] {
  const item = pool.queue.find((one) => one.workId === workId);
  if (item === undefined) throw new Error(`${workId} was not in the queue`);
  return item;
}

function fits({ projectId, needs }: Snapshot['queue'][number], offer: Snapshot['agents'][number]): boolean {
  const { capability, boundary, agentTypes } = needs;
  return (
    offer.projectId === projectId && offer.capabilities.includes(capability) && offer.boundaries.includes(boundary) && agentTypes.includes(offer.agentType)
  );
}

/** How urgent the most urgent of its submitter's items of the kind is: that one lends its level to those before it. */
function lineLevel({ queue }: Snapshot, item: Snapshot['queue'][number]): number {
  return Math.max(...queue.filter((one) => sameNeeds(one, item) && one.submitter === item.submitter).map((one) => levelOf(one, NOW_MS)));
}

function sameNeeds(a: Snapshot['queue'][number], b: Snapshot['queue'][number]): boolean {
  return a.projectId === b.projectId && JSON.stringify(a.needs) === JSON.stringify(b.needs);
}

function rotate<T>(list: readonly T[], by: number): T[] {
  if (list.length === 0) return [];
  const at = Math.abs(by) % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
