import fc from 'fast-check';
import type { FreeAgent, ProjectUse, QueueEntry, Snapshot, TargetCapacity } from '../../../src/domain/scheduling/snapshot.ts';

export const NOW_MS = 1_000_000;

export function entry(fields: Partial<QueueEntry> & { workId: string }): QueueEntry {
  return {
    projectId: 'p1',
    needs: { capability: 'build', boundary: 'open-source', agentTypes: ['claude-code', 'copilot-cli'] },
    submitter: 'alice',
    priority: 5,
    enqueuedAtMs: 0,
    lastGrantAtMs: null,
    notBeforeMs: 0,
    waitsForOldAgent: false,
    failedTargetIds: [],
    ...fields,
  };
}

export function agent(fields: Partial<FreeAgent> & { guid: string }): FreeAgent {
  return {
    projectId: 'p1',
    targetId: 't1',
    agentType: 'claude-code',
    capabilities: ['build'],
    boundaries: ['open-source'],
    freeSinceMs: 0,
    idleTimeoutMs: 0,
    ...fields,
  };
}

export function target(fields: Partial<TargetCapacity> & { id: string }): TargetCapacity {
  return {
    name: fields.id,
    projectId: 'p1',
    agentType: 'claude-code',
    capabilities: ['build'],
    boundaries: ['open-source'],
    mechanism: 'local',
    disabled: false,
    hostId: 'host',
    hostOpen: true,
    agentsMax: 10,
    held: 0,
    ...fields,
  };
}

export function project(fields: Partial<ProjectUse> = {}): ProjectUse {
  return { projectId: 'p1', slotsMax: 100, slotsHeld: 0, weight: 1, ...fields };
}

/** A pool with room; override what the test is about. */
export function snapshot(fields: Partial<Snapshot>): Snapshot {
  return { queue: [], spinUps: [], agents: [], targets: [], projects: [project()], held: [], spent: [], holds: [], ...fields };
}

/** For a person, an old agent, or its time. */
export function waitsForOthers({ needs, waitsForOldAgent, notBeforeMs }: QueueEntry): boolean {
  return needs.gate !== undefined || waitsForOldAgent || notBeforeMs > NOW_MS;
}

const submitter = fc.constantFrom('alice', 'bob');
const projectId = fc.constantFrom('p1', 'p2');
const capability = fc.constantFrom('build', 'test');
const boundary = fc.constantFrom('corporate', 'open-source');
const agentType = fc.constantFrom('claude-code' as const, 'copilot-cli' as const);
const offer = {
  projectId,
  agentType,
  capabilities: fc.uniqueArray(capability, { minLength: 1 }),
  boundaries: fc.uniqueArray(boundary, { minLength: 1 }),
};

const gate = fc.constantFrom({ closed: 'everything' } as const, { closed: 'targets', names: ['t0', 'gone'] } as const);

const anyEntry = fc.record({
  workId: fc.uuid(),
  projectId,
  needs: fc.record({ capability, boundary, agentTypes: fc.uniqueArray(agentType), gate }, { requiredKeys: ['capability', 'boundary', 'agentTypes'] }),
  submitter,
  priority: fc.integer({ min: 1, max: 10 }),
  enqueuedAtMs: fc.integer({ min: 0, max: 5 }),
  lastGrantAtMs: fc.constantFrom(null, 0, NOW_MS),
  notBeforeMs: fc.constantFrom(0, NOW_MS + 500),
  waitsForOldAgent: fc.boolean(),
  failedTargetIds: fc.uniqueArray(fc.constantFrom('t0', 't1', 't2')),
});

const anyAgent = fc.record({
  ...offer,
  mechanism: fc.constant('local' as const),
  targetId: fc.constantFrom('t0', 't1', 't2'),
  freeSinceMs: fc.integer({ min: 0, max: NOW_MS }),
  idleTimeoutMs: fc.constantFrom(0, 1, NOW_MS * 2),
});

const breaker = fc.oneof(
  fc.record({ state: fc.constant('open' as const), cause: fc.constantFrom('starts' as const, 'refused' as const, 'health' as const) }),
  fc.record({ state: fc.constant('half-open' as const), cause: fc.constant('starts' as const), startsUnderWay: fc.integer({ min: 0, max: 1 }) }),
);

const startRate = fc.record({
  perMinuteMax: fc.integer({ min: 1, max: 3 }),
  withinMinute: fc.integer({ min: 0, max: 4 }),
  oldestMs: fc.constant(NOW_MS - 50_000),
});

const anyTarget = fc.oneof(
  { weight: 3, arbitrary: fc.record(targetFields()) },
  { weight: 1, arbitrary: fc.record({ ...targetFields(), breaker }) },
  { weight: 1, arbitrary: fc.record({ ...targetFields(), startRate }) },
  { weight: 1, arbitrary: fc.record({ ...targetFields(), restsUntilMs: fc.constant(NOW_MS + 200) }) },
);

function targetFields() {
  return {
    ...offer,
    mechanism: fc.constantFrom('local' as const, 'local' as const, 'ssh' as const),
    disabled: fc.boolean(),
    hostId: fc.constant('host'),
    hostOpen: fc.boolean(),
    agentsMax: fc.integer({ min: 1, max: 4 }),
    held: fc.integer({ min: 0, max: 5 }),
  };
}

const anySpinUp = fc.record({
  operationId: fc.uuid(),
  targetId: fc.constantFrom('t0', 't1', 't2', 'removed'),
  requestedAtMs: fc.integer({ min: 0, max: 5 }),
  timeoutAtMs: fc.constantFrom(NOW_MS - 1, NOW_MS + 500),
});

const few = fc.integer({ min: 0, max: 6 });
const slotLimits = fc.record(
  {
    slotsMaxByMechanism: fc.dictionary(fc.constantFrom('local', '*'), few),
    slotsMaxByCapability: fc.dictionary(fc.constantFrom('build', 'test', '*'), few),
    slotsMaxBySubmitter: fc.dictionary(fc.constantFrom('alice', 'bob', '*'), few),
  },
  { requiredKeys: [] },
);

/** Any crowd before any pool, small enough that limits are hit all the time. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc.record({
  queue: fc.uniqueArray(anyEntry, { maxLength: 25, selector: (one) => one.workId }),
  // One per target is in flight.
  spinUps: fc.uniqueArray(anySpinUp, { maxLength: 4, selector: (one) => one.targetId }),
  agents: fc.array(anyAgent, { maxLength: 8 }).map((agents) => agents.map((one, index) => ({ ...one, guid: `a${String(index)}` }))),
  targets: fc
    .array(anyTarget, { maxLength: 5 })
    .map((targets) => targets.map((one, index) => ({ ...one, id: `t${String(index)}`, name: `t${String(index)}` }))),
  projects: fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }), slotLimits)
    .map(([slotsMax, slotsHeld, limits]) => ['p1', 'p2'].map((id, index) => project({ projectId: id, slotsMax, slotsHeld, weight: index + 1, ...limits }))),
  held: fc.uniqueArray(
    fc.record({
      projectId,
      submitter,
      capability,
      mechanism: fc.constant('local' as const),
      slots: fc.integer({ min: 1, max: 4 }),
      minutes: fc.integer({ min: 0, max: 240 }),
    }),
    {
      selector: (one) => `${one.projectId} ${one.submitter}`,
    },
  ),
  spent: fc.uniqueArray(fc.record({ projectId, submitter, minutes: fc.integer({ min: 0, max: 240 }), medianMinutes: fc.integer({ min: 0, max: 9 }) }), {
    selector: (one) => `${one.projectId} ${one.submitter}`,
  }),
  holds: fc.constant([]),
});
