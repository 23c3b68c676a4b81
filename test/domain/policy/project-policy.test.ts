import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundaryRuleOf, defaultPolicy, ProjectPolicy } from '../../../src/domain/policy/project-policy.ts';
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
    for (const rule of Object.values(defaultPolicy(1).boundaries)) if (rule.preferred !== undefined) expect(rule.agentTypes).toContain(rule.preferred);
  });
});

describe('boundaryRuleOf', () => {
  test('names the rule it found', () => {
    expect(boundaryRuleOf(defaultPolicy(1), 'personal')).toMatchObject({ name: 'boundary:personal', preferred: 'claude-code' });
  });

  test.each(['my-own', '', 'toString', '__proto__', 'constructor', 'hasOwnProperty'])('falls back to any agent type for %j', (boundary) => {
    expect(boundaryRuleOf(defaultPolicy(1), boundary)).toEqual({ name: 'any-agent-type', agentTypes: ['claude-code', 'copilot-cli'] });
  });

  test('always answers with an agent type, whatever the boundary', () => {
    fc.assert(
      fc.property(fc.string(), (boundary) => {
        expect(boundaryRuleOf(defaultPolicy(1), boundary).agentTypes.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('ProjectPolicy', () => {
  test.each<[string, unknown]>([
    ['fewer than no slots', { slotsMax: -1, boundaries: {} }],
    ['half a slot', { slotsMax: 0.5, boundaries: {} }],
    ['more slots than could ever be served', { slotsMax: 100_001, boundaries: {} }],
    ['a boundary that nobody may take', { slotsMax: 1, boundaries: { secret: { agentTypes: [] } } }],
    ['an agent type that does not exist', { slotsMax: 1, boundaries: { secret: { agentTypes: ['robot'] } } }],
    ['a boundary without a name', { slotsMax: 1, boundaries: { ' ': { agentTypes: ['claude-code'] } } }],
  ])('refuses %s', (_, policy) => {
    expect(ProjectPolicy.safeParse(policy).success).toBe(false);
  });
});
