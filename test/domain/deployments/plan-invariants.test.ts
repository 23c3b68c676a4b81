import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TargetFacts } from '../../../src/domain/deployments/choose-target.ts';
import { isDraining } from '../../../src/domain/deployments/held.ts';
import { isOutdated, plan } from '../../../src/domain/deployments/plan.ts';
import type { DeploymentAction, ReplicaEnd, ReplicaFacts, Wanted } from '../../../src/domain/deployments/plan.ts';

const BACKOFF = { initialMs: 1000, maxMs: 30_000, factor: 2, resetAfterMs: 60_000 };

/** What may happen to a deployment and its agents. */
const Step = fc.oneof(
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 100_000 }) }),
  fc.record({ kind: fc.constantFrom('room' as const, 'ready' as const, 'gone' as const), index: fc.nat(7) }),
  fc.record({ kind: fc.constant('end' as const), index: fc.nat(7), how: fc.constantFrom<ReplicaEnd['how']>('interrupted', 'no-room', 'exited', 'failed') }),
  fc.record({
    kind: fc.constant('want' as const),
    wish: fc.record(
      { desired: fc.nat(8), paused: fc.boolean(), held: fc.constantFrom(null, 'project-paused' as const, 'everything-draining' as const) },
      { requiredKeys: [] },
    ),
    revise: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('switch' as const), target: fc.nat(1), on: fc.boolean() }),
);
type Step = typeof Step extends fc.Arbitrary<infer T> ? T : never;

/** Rows and agents as the ledger and the sessions would have them; refuses what must never be asked of it. */
class Stage {
  nowMs = 1_000_000;
  wanted: Wanted;
  readonly rows = new Map<number, ReplicaFacts>();
  readonly #on = [true, true];
  readonly #asked = new Set<number>();

  constructor(restartPolicy: Wanted['restartPolicy']) {
    this.wanted = { desired: 3, revision: 1, paused: false, held: null, placement: 'spread', restartPolicy, backoff: BACKOFF };
  }

  get targets(): readonly TargetFacts[] {
    return this.#on.map((startable, index) => ({ id: `target-${String(index)}`, startable, room: 4 }));
  }

  happen(step: Step): void {
    switch (step.kind) {
      case 'pass':
        this.nowMs += step.ms;
        break;
      case 'room':
        this.#move(step.index, ['waiting'], { state: 'starting' });
        break;
      case 'ready':
        this.#move(step.index, ['starting'], { state: 'ready', readySinceMs: this.nowMs });
        break;
      case 'gone':
        this.#end(step.index, ['stopping'], this.#whyStopped(step.index));
        break;
      case 'end':
        this.#end(step.index, step.how === 'no-room' ? ['waiting'] : ['starting', 'ready'], step.how);
        break;
      case 'want':
        this.wanted = { ...this.wanted, ...step.wish, revision: this.wanted.revision + (step.revise ? 1 : 0) };
        break;
      case 'switch':
        this.#on[step.target] = step.on;
    }
  }

  /** Makes the plan come true, and holds it against what must always be so. */
  follow(): ReturnType<typeof plan> {
    const before = [...this.rows.values()];
    const made = plan({ wanted: this.wanted, replicas: before, targets: this.targets }, this.nowMs);
    this.#checkReplacements(before, made.actions);
    for (const action of made.actions) this.#obey(action);
    expect([...this.rows.values()].filter(({ index, state }) => index < this.wanted.desired && state !== 'none').length).toBeLessThanOrEqual(
      this.wanted.desired,
    );
    expect(made.lookAgainAtMs ?? Infinity).toBeGreaterThan(this.nowMs);
    return made;
  }

  #checkReplacements(before: readonly ReplicaFacts[], actions: readonly DeploymentAction[]): void {
    // Agents that are let go are replaced by none.
    if (isDraining(this.wanted.held)) return;
    const own = before.filter(({ index }) => index < this.wanted.desired);
    const stopped = actions.flatMap((action) => (action.kind === 'stop' && action.index < this.wanted.desired ? [action.index] : []));
    const readyOnes = own.filter(({ index, state }) => stopped.includes(index) && state === 'ready');
    expect(readyOnes.length).toBeLessThanOrEqual(1);
    if (readyOnes.length === 0) return;
    expect(own).toHaveLength(this.wanted.desired);
    for (const { state, finished } of own) expect(state === 'ready' || (state === 'none' && finished)).toBe(true);
  }

  #obey(action: DeploymentAction): void {
    const { index } = action;
    const state = this.rows.get(index)?.state ?? 'none';
    switch (action.kind) {
      case 'start':
        expect({ state, paused: this.wanted.paused, held: this.wanted.held }).toEqual({ state: 'none', paused: false, held: null });
        expect(index).toBeLessThan(this.wanted.desired);
        this.#start(action);
        break;
      case 'stop':
        expect(['waiting', 'starting', 'ready']).toContain(state);
        this.#asked.add(index);
        this.#move(index, ['waiting', 'starting', 'ready'], { state: 'stopping' });
        break;
      case 'settle': {
        expect(state).toBe('ended');
        const { kind: _kind, ...account } = action;
        this.#asked.delete(index);
        this.#move(index, ['ended'], { state: 'none', readySinceMs: null, end: null, ...account });
        break;
      }
      case 'forgive':
        this.#move(index, ['ready'], { failures: 0 });
        break;
      case 'forget':
        expect(state).toBe('none');
        this.rows.delete(index);
    }
  }

  #start({ index, targetId, fresh }: Extract<DeploymentAction, { kind: 'start' }>): void {
    const failures = fresh ? 0 : (this.rows.get(index)?.failures ?? 0);
    const { revision } = this.wanted;
    const nothingBehind = { readySinceMs: null, notBeforeMs: null, finished: false, end: null };
    this.rows.set(index, {
      index,
      state: 'waiting',
      revision,
      targetId,
      onListedTarget: true,
      onDrainedTarget: false,
      working: false,
      failures,
      ...nothingBehind,
    });
  }

  #whyStopped(index: number): ReplicaEnd['how'] {
    return this.#asked.has(index) ? 'asked' : 'interrupted';
  }

  #move(index: number, from: readonly ReplicaFacts['state'][], to: Partial<ReplicaFacts>): void {
    const row = this.rows.get(index);
    if (row !== undefined && from.includes(row.state)) this.rows.set(index, { ...row, ...to });
  }

  #end(index: number, from: readonly ReplicaFacts['state'][], how: ReplicaEnd['how']): void {
    const readyForMs = this.nowMs - (this.rows.get(index)?.readySinceMs ?? this.nowMs);
    this.#move(index, from, { state: 'ended', end: { how, atMs: this.nowMs, readyForMs } });
  }
}

const RESTART_POLICIES: readonly Wanted['restartPolicy'][] = ['always', 'on-failure', 'never'];

test('whatever happens, no index has two agents, and replicas are replaced one at a time', () => {
  fc.assert(
    fc.property(fc.constantFrom(...RESTART_POLICIES), fc.array(Step, { maxLength: 60 }), (restartPolicy, steps) => {
      const stage = new Stage(restartPolicy);
      for (const step of steps) {
        stage.happen(step);
        stage.follow();
      }
    }),
    { numRuns: 200 },
  );
});

test('once nothing fails any more, all replicas become ready and of the present revision', () => {
  fc.assert(
    fc.property(fc.array(Step, { maxLength: 40 }), (steps) => {
      const stage = new Stage('always');
      for (const step of steps) {
        stage.happen(step);
        stage.follow();
      }

      const calm: readonly Step[] = [
        { kind: 'want', wish: { paused: false, held: null }, revise: false },
        { kind: 'switch', target: 0, on: true },
      ];
      for (const step of calm) stage.happen(step);
      for (let round = 0; round < 60; round++) {
        const { lookAgainAtMs } = stage.follow();
        for (let index = 0; index < 8; index++) for (const kind of ['room', 'ready', 'gone'] as const) stage.happen({ kind, index });
        if (lookAgainAtMs !== null) stage.nowMs = lookAgainAtMs;
      }

      expect(stage.rows.size).toBe(stage.wanted.desired);
      for (const row of stage.rows.values()) expect({ state: row.state, outdated: isOutdated(row, stage.wanted) }).toEqual({ state: 'ready', outdated: false });
      expect(stage.follow().actions).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
