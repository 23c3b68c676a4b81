import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BoundaryRule, defaultPolicy, effectivePolicy } from '../../../src/domain/policy/project-policy.ts';
import type { ProjectPolicy } from '../../../src/domain/policy/project-policy.ts';
import { AgentType } from '../../../src/domain/targets/target.ts';
import { classify, needsOf as needsUnder } from '../../../src/domain/work/classify.ts';

const [claude, copilot] = ['claude-code', 'copilot-cli'] as const;
const policy = defaultPolicy(10);

function needsOf(item: { boundary: string; required?: AgentType; preferred?: AgentType }, under: ProjectPolicy = policy): unknown {
  const result = classify(
    {
      capability: 'build',
      boundary: item.boundary,
      ...(item.required === undefined ? {} : { requiredAgentType: item.required }),
      ...(item.preferred === undefined ? {} : { preferredAgentType: item.preferred }),
    },
    under,
  );
  return result.kind === 'eligible' ? result.needs.agentTypes : 'forbidden';
}

describe('classify, under the default policy', () => {
  test.each<[string, AgentType | undefined, AgentType | undefined, readonly AgentType[] | 'forbidden']>([
    ['corporate', undefined, undefined, [copilot]],
    ['corporate', copilot, undefined, [copilot]],
    ['corporate', claude, undefined, 'forbidden'],
    ['corporate', undefined, claude, [copilot]],
    ['corporate-adjacent', undefined, undefined, [copilot, claude]],
    ['corporate-adjacent', undefined, claude, [claude, copilot]],
    ['corporate-adjacent', claude, copilot, [claude]],
    ['personal', undefined, undefined, [claude, copilot]],
    ['personal', undefined, copilot, [copilot, claude]],
    ['open-source', undefined, undefined, [claude, copilot]],
    ['open-source', copilot, undefined, [copilot]],
    ['a boundary of our own', undefined, undefined, [claude, copilot]],
    ['a boundary of our own', undefined, copilot, [copilot, claude]],
    ['__proto__', undefined, undefined, [claude, copilot]],
    ['constructor', claude, undefined, [claude]],
  ])('boundary %s, required %s, preferred %s: %j', (...[boundary, required, preferred, expected]) => {
    expect(needsOf({ boundary, ...(required && { required }), ...(preferred && { preferred }) })).toEqual(expected);
  });

  test('records what the item needs and the rule that decided', () => {
    expect(classify({ capability: 'build', boundary: 'personal' }, policy)).toEqual({
      kind: 'eligible',
      rule: 'boundary:personal',
      needs: { capability: 'build', boundary: 'personal', agentTypes: [claude, copilot] },
    });
  });

  test('says what the boundary forbids and what it allows', () => {
    expect(classify({ capability: 'build', boundary: 'corporate', requiredAgentType: claude }, policy)).toEqual({
      kind: 'forbidden',
      rule: 'boundary:corporate',
      reason: 'the boundary "corporate" does not allow "claude-code" (allowed: copilot-cli)',
    });
  });
});

describe('classify, under a project’s own words', () => {
  test.each([
    ['a boundary that is forbidden by name', { boundaries: { personal: 'forbid' as const } }, 'personal', 'boundary:personal'],
    ['every boundary without a rule', { otherBoundaries: 'forbid' as const }, 'unheard-of', 'other-boundaries'],
  ])('keeps work of %s from everybody, whatever it asks for', (...[, own, boundary, rule]) => {
    for (const wish of [{}, { requiredAgentType: claude }, { preferredAgentType: copilot }]) {
      const item = { capability: 'build', boundary, ...wish };

      expect(classify(item, effectivePolicy(own, policy))).toEqual({
        kind: 'forbidden',
        rule,
        reason: `the project's policy forbids the boundary "${boundary}"`,
      });
      expect(needsUnder(item, effectivePolicy(own, policy))).toEqual({ capability: 'build', boundary, agentTypes: [] });
    }
  });

  test('has no agent started for a boundary that waits for free ones', () => {
    const own = { boundaries: { personal: { agentTypes: [claude], triggerSpinUpOnEmpty: false } } };

    expect(classify({ capability: 'build', boundary: 'personal' }, effectivePolicy(own, policy))).toMatchObject({ needs: { freeAgentsOnly: true } });
    expect(classify({ capability: 'build', boundary: 'corporate' }, effectivePolicy(own, policy))).not.toHaveProperty('needs.freeAgentsOnly');
  });
});

describe('classify, under any policy', () => {
  const anyType = fc.constantFrom(...AgentType.options);
  const anyRule = fc.record({ agentTypes: fc.uniqueArray(anyType, { minLength: 1 }), preferred: anyType }, { requiredKeys: ['agentTypes'] });
  const anyItem = fc.record(
    { capability: fc.constant('build'), boundary: fc.constant('b'), requiredAgentType: anyType, preferredAgentType: anyType },
    { requiredKeys: ['capability', 'boundary'] },
  );

  test('never offers an item to an agent type that its boundary does not allow, nor to another than the required one', () => {
    fc.assert(
      fc.property(anyRule, anyItem, (rule, item) => {
        const result = classify(item, { ...defaultPolicy(1), boundaries: { b: BoundaryRule.parse(rule) }, otherBoundaries: 'forbid' });

        if (result.kind === 'forbidden') {
          expect(rule.agentTypes).not.toContain(item.requiredAgentType);
          return;
        }
        const { agentTypes } = result.needs;
        expect(agentTypes.length).toBeGreaterThan(0);
        expect(new Set(agentTypes).size).toBe(agentTypes.length);
        for (const type of agentTypes) expect(rule.agentTypes).toContain(type);
        if (item.requiredAgentType !== undefined) expect(agentTypes).toEqual([item.requiredAgentType]);
      }),
    );
  });

  test('leaves out nobody who is allowed: a preference only orders', () => {
    fc.assert(
      fc.property(anyRule, anyType, (rule, preferredAgentType) => {
        const result = classify(
          { capability: 'build', boundary: 'b', preferredAgentType },
          { ...defaultPolicy(1), boundaries: { b: BoundaryRule.parse(rule) }, otherBoundaries: 'forbid' },
        );

        const agentTypes = result.kind === 'eligible' ? result.needs.agentTypes : [];
        expect([...agentTypes].sort()).toEqual([...rule.agentTypes].sort());
        if (rule.agentTypes.includes(preferredAgentType)) expect(agentTypes[0]).toBe(preferredAgentType);
      }),
    );
  });
});
