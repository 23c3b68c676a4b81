import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeHarness, judgeRunner } from '../../../src/domain/work/judge-silence.ts';
import type { SilenceFacts } from '../../../src/domain/work/judge-silence.ts';

const LIMIT_MS = 10_000;
const healthy = { connectedForMs: 60_000, reportsPending: 0 };

function facts(differs: Partial<SilenceFacts> = {}): SilenceFacts {
  return { reportParked: false, questionPending: false, bridge: healthy, agent: { kind: 'working', idleForMs: LIMIT_MS }, ...differs };
}

const working = (idleForMs: number): SilenceFacts => facts({ agent: { kind: 'working', idleForMs } });
const saying = (kind: 'finished-unsettled' | 'free' | 'nobody' | 'no-answer' | 'unreachable'): SilenceFacts => facts({ agent: { kind } });

// Each of them alone means that the silence may be ours.
const OUR_SIDE: readonly (readonly [string, Partial<SilenceFacts>, string])[] = [
  ['no bridge answers', { bridge: null }, 'no bridge is listening'],
  ['reports are not yet read', { bridge: { ...healthy, reportsPending: 1 } }, 'reports wait to be read'],
  ['the bridge has only just connected', { bridge: { ...healthy, connectedForMs: 1999 } }, 'the bridge has only just connected'],
  ['NATS is away', { agent: { kind: 'unreachable' } }, 'NATS is away'],
];

describe('when the idle clock of an item runs out', () => {
  test.each<[string, SilenceFacts, string]>([
    ['the harness was silent for the limit', working(LIMIT_MS), 'idle'],
    ['the harness was silent for longer', working(LIMIT_MS + 1), 'idle'],
    ['the harness was active within the limit', working(LIMIT_MS - 1), 'await-again'],
    ['the agent has finished and its report is on the way', saying('finished-unsettled'), 'await-again'],
    ['the agent does not know the assignment', saying('free'), 'await-again'],
    ['nobody listens', saying('nobody'), 'lost'],
    ['somebody listens and does not answer', saying('no-answer'), 'lost'],
    ['a report is parked, whatever else is known', facts({ reportParked: true, bridge: null, agent: { kind: 'nobody' } }), 'await-again'],
  ])('%s: %j is %s', (_, known, verdict) => {
    expect(judgeHarness(known, LIMIT_MS).kind).toBe(verdict);
  });

  test.each(OUR_SIDE)('%s: it awaits again, whatever the agent says', (_, differs, reason) => {
    for (const agent of [saying('nobody'), working(LIMIT_MS * 2)].map((one) => one.agent)) {
      expect(judgeHarness(facts({ agent, ...differs }), LIMIT_MS)).toEqual({ kind: 'await-again', reason });
    }
  });

  test('says for how long the harness was silent', () => {
    expect(judgeHarness(working(12_345), LIMIT_MS)).toEqual({ kind: 'idle', message: 'the harness was silent for 12345 ms (limit 10000 ms)' });
  });
});

describe('when the lost clock of a session runs out', () => {
  test.each<[string, SilenceFacts, string]>([
    ['a word of a working runner', working(LIMIT_MS * 100), 'await-again'],
    ['a word of a free runner', saying('free'), 'await-again'],
    ['a word of a finished runner', saying('finished-unsettled'), 'await-again'],
    ['nobody listening', saying('nobody'), 'lost'],
    ['no answer', saying('no-answer'), 'lost'],
  ])('%s means %3$s', (_, known, verdict) => {
    expect(judgeRunner(known).kind).toBe(verdict);
  });

  test.each(OUR_SIDE)('%s: it goes on watching', (_, differs, reason) => {
    expect(judgeRunner(facts({ agent: { kind: 'nobody' }, ...differs }))).toEqual({ kind: 'await-again', reason });
  });
});

test('silence counts only when nothing is parked, nothing waits to be read, and our side has been listening', () => {
  const anyFacts: fc.Arbitrary<SilenceFacts> = fc.record({
    reportParked: fc.boolean(),
    questionPending: fc.boolean(),
    bridge: fc.option(fc.record({ connectedForMs: fc.integer({ min: 0, max: 4000 }), reportsPending: fc.integer({ min: 0, max: 2 }) })),
    agent: fc.oneof(
      fc.record({ kind: fc.constant('working' as const), idleForMs: fc.integer({ min: 0, max: 2 * LIMIT_MS }) }),
      fc.record({ kind: fc.constantFrom('finished-unsettled' as const, 'free' as const, 'nobody' as const, 'no-answer' as const, 'unreachable' as const) }),
    ),
  });

  fc.assert(
    fc.property(anyFacts, (known) => {
      const ourSideIsFine =
        known.bridge !== null && known.bridge.reportsPending === 0 && known.bridge.connectedForMs >= 2000 && known.agent.kind !== 'unreachable';
      if (judgeHarness(known, LIMIT_MS).kind !== 'await-again') expect(ourSideIsFine && !known.reportParked && !known.questionPending).toBe(true);
      if (judgeRunner(known).kind !== 'await-again') expect(ourSideIsFine && ['nobody', 'no-answer'].includes(known.agent.kind)).toBe(true);
    }),
  );
});
