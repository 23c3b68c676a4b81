import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundaryRuleOf, defaultPolicy, effectivePolicy, OwnPolicy, ProjectPolicy } from '../../../src/domain/policy/project-policy.ts';
import { DEFAULT_BOUNDARIES } from '../../../src/domain/targets/target.ts';

describe('the default policy', () => {
  test('has a rule for each default boundary, and is valid', () => {
    const policy = defaultPolicy(7);

    expect(ProjectPolicy.parse(policy)).toEqual(policy);
    expect(Object.keys(policy.boundaries).sort()).toEqual([...DEFAULT_BOUNDARIES].sort());
    expect(policy.slotsMax).toBe(7);
  });

  test('keeps corporate work away from every agent type but one', () => {
    expect(boundaryRuleOf(defaultPolicy(1), 'corporate').agentTypes).toEqual(['copilot-cli']);
  });

  test('prefers only types that it allows', () => {
    for (const boundary of DEFAULT_BOUNDARIES) {
      const rule = boundaryRuleOf(defaultPolicy(1), boundary);
      if (rule.preferred !== undefined) expect(rule.agentTypes).toContain(rule.preferred);
    }
  });
});

describe('boundaryRuleOf', () => {
  test('names the rule it found', () => {
    expect(boundaryRuleOf(defaultPolicy(1), 'personal')).toMatchObject({ name: 'boundary:personal', preferred: 'claude-code' });
  });

  test.each(['my-own', '', 'toString', '__proto__', 'constructor', 'hasOwnProperty'])('falls back to any agent type for %j', (boundary) => {
    expect(boundaryRuleOf(defaultPolicy(1), boundary)).toEqual({ name: 'other-boundaries', agentTypes: ['claude-code', 'copilot-cli'] });
  });

  test('always answers with an agent type, whatever the boundary', () => {
    fc.assert(
      fc.property(fc.string(), (boundary) => {
        expect(boundaryRuleOf(defaultPolicy(1), boundary).agentTypes.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('what a project says itself', () => {
  const RULE = { agentTypes: ['claude-code' as const], triggerSpinUpOnEmpty: false };

  test('stands over the defaults, word by word and boundary by boundary', () => {
    const policy = effectivePolicy({ boundaries: { personal: 'forbid', secret: RULE } }, defaultPolicy(7));

    expect(policy).toEqual({ ...defaultPolicy(7), boundaries: { ...defaultPolicy(7).boundaries, personal: 'forbid', secret: RULE } });
  });

  test('may be nothing', () => {
    expect(effectivePolicy(null, defaultPolicy(7))).toEqual(defaultPolicy(7));
    expect(effectivePolicy({}, defaultPolicy(7))).toEqual(defaultPolicy(7));
  });

  test.each<[OwnPolicy['otherBoundaries'], object]>([
    ['any', { agentTypes: ['claude-code', 'copilot-cli'] }],
    ['forbid', { agentTypes: [] }],
    [RULE, RULE],
  ])('decides with %j about boundaries without a rule, and about no other', (otherBoundaries, rule) => {
    const policy = effectivePolicy({ ...(otherBoundaries === undefined ? {} : { otherBoundaries }) }, defaultPolicy(1));

    for (const boundary of ['unheard-of', 'constructor']) expect(boundaryRuleOf(policy, boundary)).toEqual({ name: 'other-boundaries', ...rule });
    expect(boundaryRuleOf(policy, 'corporate')).toEqual(boundaryRuleOf(defaultPolicy(1), 'corporate'));
  });
});

describe('a policy', () => {
  test.each<[string, unknown]>([
    ['fewer than no slots', { slotsMax: -1 }],
    ['half a slot', { slotsMax: 0.5 }],
    ['more slots than could ever be served', { slotsMax: 100_001 }],
    ['a rule for nobody (which is "forbid")', { boundaries: { secret: { agentTypes: [] } } }],
    ['an agent type that does not exist', { boundaries: { secret: { agentTypes: ['robot'] } } }],
    ['a boundary without a name', { boundaries: { ' ': { agentTypes: ['claude-code'] } } }],
    ['a word that is no rule', { otherBoundaries: 'maybe' }],
    ['more boundaries than anybody reads', { boundaries: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`b${String(index)}`, 'any'])) }],
  ])('is refused with %s', (_, policy) => {
    expect(OwnPolicy.safeParse(policy).success).toBe(false);
  });

  test.each<[string, object, path: readonly string[]]>([
    ['itself', { boundarys: {} }, []],
    ['the rule of a boundary', { boundaries: { secret: { agentTypes: ['claude-code'], prefered: 'claude-code' } } }, ['boundaries', 'secret']],
    ['the rule of all others', { otherBoundaries: { agentTypes: ['claude-code'], only: true } }, ['otherBoundaries']],
    ['what needs an approval', { approval: { boundary: ['secret'] } }, ['approval']],
    ['its retries', { retry: { lost: { first: 1000 } } }, ['retry', 'lost']],
  ])('is refused with a word that is none in %s', (_what, policy, path) => {
    expect(OwnPolicy.safeParse(policy).error?.issues).toMatchObject([{ code: 'unrecognized_keys', path }]);
  });

  test.each([
    { slotsMaxByMechanism: { local: 2 } },
    { slotsMaxByMechanism: { '*': 1 } },
    { slotsMaxByCapability: { build: 3 } },
    { slotsMaxBySubmitter: { ci: 0 } },
  ])('limits only whom it names: %j', (policy) => {
    expect(OwnPolicy.parse(policy)).toEqual(policy);
  });

  test('knows no limit for a mechanism that does not exist', () => {
    expect(OwnPolicy.safeParse({ slotsMaxByMechanism: { pigeon: 1 } }).success).toBe(false);
  });
});
