import { expect, test } from '@jest/globals';
import { ApprovalPolicy, gateOf, isClosedAt } from '../../../src/domain/policy/approval-policy.ts';

const policy = (fields: object): ApprovalPolicy => ApprovalPolicy.parse(fields);

test('an approval policy waits a day and then rejects, unless it says otherwise', () => {
  expect(policy({})).toEqual({ all: false, boundaries: [], targets: [], expiresAfterMs: 86_400_000, onExpiry: 'reject' });
});

test.each([
  ['nothing is gated without a policy', undefined, null],
  ['nothing is gated by an empty one', policy({}), null],
  ['all work', policy({ all: true }), { closed: 'everything' }],
  ['work of a boundary', policy({ boundaries: ['corporate'], targets: ['dear'] }), { closed: 'everything' }],
  ['work of other boundaries only at the targets', policy({ boundaries: ['personal'], targets: ['dear'] }), { closed: 'targets', names: ['dear'] }],
])('gates: %s', (_, approval, gate) => {
  expect(gateOf(approval, 'corporate')).toEqual(gate);
});

test('a gate before targets closes those it names', () => {
  const gate = { closed: 'targets', names: ['dear'] } as const;

  expect([isClosedAt(gate, 'dear'), isClosedAt(gate, 'cheap'), isClosedAt(gate, undefined), isClosedAt(undefined, 'dear')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
