import { defaultPolicy } from '../../../src/domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../../src/domain/policy/project-policy.ts';
import { decide } from '../../../src/domain/scheduling/decide.ts';
import type { Snapshot } from '../../../src/domain/scheduling/snapshot.ts';
import { needsOf } from '../../../src/domain/work/classify.ts';
import type { Measure } from '../measure.ts';

const TARGETS = 1000;
const ITEMS = 1000;
const RULES = 200;
const BOUNDARIES_OF_TARGET = 20;
const CALLS = 200;
const PROJECT = 'bench-decide';
// As a round of the coordinator.
const GRANTS_MAX = 100;

export const decideMeasure: Measure = {
  id: 'decide',
  what: 'decide for 1,000 targets, 1,000 waiting items and 200 rules, p99, against the same for 100, 100 and 20',
  unit: 'ms',
  goal: { kind: 'below', limit: 20 },
  rounds: 5,
  open: () => {
    const [large, small] = [crowd(1), crowd(0.1)];
    return Promise.resolve({
      ours: () => Promise.resolve(p99Of(large)),
      floor: () => Promise.resolve(p99Of(small)),
      close: () => Promise.resolve(),
    });
  },
};

/** Half of the targets are full, so that items are granted, and others wait; `scale` makes it all smaller. */
function crowd(scale: number): Snapshot {
  const [targets, items, rules] = [TARGETS * scale, ITEMS * scale, RULES * scale];
  const policy = policyOf(rules);
  return {
    queue: Array.from({ length: items }, (_, n) => ({
      workId: `item-${String(n).padStart(6, '0')}`,
      projectId: PROJECT,
      needs: needsOf({ capability: `capability-${String(n % 5)}`, boundary: boundaryOf(n % rules) }, policy),
      submitter: `submitter-${String(n % 10)}`,
      priority: 1 + (n % 10),
      enqueuedAtMs: n,
      lastGrantAtMs: null,
      notBeforeMs: 0,
      waitsForOldAgent: false,
      failedTargetIds: [],
    })),
    spinUps: [],
    agents: [],
    targets: Array.from({ length: targets }, (_, n) => ({
      id: `target-${String(n).padStart(6, '0')}`,
      name: `target-${String(n)}`,
      projectId: PROJECT,
      agentType: n % 2 === 0 ? 'claude-code' : 'copilot-cli',
      capabilities: [`capability-${String(n % 5)}`, `capability-${String((n + 1) % 5)}`],
      boundaries: Array.from({ length: BOUNDARIES_OF_TARGET }, (_other, k) => boundaryOf((n * 7 + k * 11) % rules)),
      mechanism: 'local',
      disabled: false,
      hostId: 'host',
      hostOpen: true,
      agentsMax: 4,
      held: n % 4 < 2 ? 4 : n % 4,
    })),
    projects: [{ projectId: PROJECT, slotsMax: 100_000, slotsHeld: 0, weight: 1 }],
    held: [],
    spent: [],
    holds: [],
  };
}

function policyOf(rules: number): ProjectPolicy {
  const own = Object.fromEntries(Array.from({ length: rules }, (_, n) => [boundaryOf(n), { agentTypes: ['claude-code', 'copilot-cli'] as const }]));
  return { ...defaultPolicy(100_000), boundaries: Object.fromEntries(Object.entries(own).map(([name, rule]) => [name, { agentTypes: [...rule.agentTypes] }])) };
}

function boundaryOf(n: number): string {
  return `boundary-${String(n)}`;
}

function p99Of(snapshot: Snapshot): number {
  const times = Array.from({ length: CALLS }, () => {
    const from = performance.now();
    decide(snapshot, ITEMS, GRANTS_MAX);
    return performance.now() - from;
  }).sort((a, b) => a - b);
  return times[Math.floor(CALLS * 0.99) - 1] ?? Number.NaN;
}
