import { describe, expect, test } from '@jest/globals';
import { DEFAULT_BOUNDARIES, GivenCapability, TargetRegister, TargetUpdate } from '../../../src/domain/targets/target.ts';
import { WorkSubmit } from '../../../src/domain/work/work-item.ts';

const body = { name: 'laptop', agentType: 'claude-code', capabilities: ['build'], mechanism: 'local', config: { command: 'true' } };

function problemsOf(differs: Record<string, unknown>): readonly string[] {
  const parsed = TargetRegister.safeParse({ ...body, ...differs });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

describe('TargetRegister', () => {
  test('fills in boundaries and limits', () => {
    expect(TargetRegister.parse(body)).toEqual({ ...body, boundaries: [...DEFAULT_BOUNDARIES], limits: { agentsMax: 4 } });
  });

  test('keeps the configuration as it was sent', () => {
    const config = { mechanism: 'local', local: { command: 'x' }, extra: [1, { a: null }] };

    expect(TargetRegister.parse({ ...body, config }).config).toEqual(config);
  });

  test('gives each registration boundaries of its own', () => {
    expect(TargetRegister.parse(body).boundaries).not.toBe(TargetRegister.parse(body).boundaries);
  });

  test.each(['laptop', 'My laptop', 'büro-1', 'a.b', '7', '-x', 'a'.repeat(128)])('takes the name %j', (name) => {
    expect(problemsOf({ name })).toEqual([]);
  });

  test.each(['', '  ', 'a/b', 'a\\b', 'a\nb', 'a\0b', 'a'.repeat(129), '.', '..'])('refuses the name %j: it stands in a path', (name) => {
    expect(problemsOf({ name })).toContain('name');
  });

  test.each(['6f1c2a34-0000-4000-8000-123456789abc', '6F1C2A34000040008000123456789ABC', '{6f1c2a34-0000-4000-8000-123456789abc}'])(
    'refuses the name %j: it could be the id of another',
    (name) => {
      expect(problemsOf({ name })).toEqual(['name']);
    },
  );

  test.each(['typescript', 'code-review', 'typescript.corporate', 'boundary:personal', 'c++', 'C#', 'übersetzen', '日本語', 'a/b', ' build '])(
    'takes the capability %j',
    (capability) => {
      expect(problemsOf({ capabilities: [capability] })).toEqual([]);
      expect(GivenCapability.parse(capability)).toBe(capability.trim());
    },
  );

  test.each(['*', 'a*', '>', 'a.>', 'a b', 'a\u00a0b', 'a\tb', 'a\nb', 'a\0', '.', '.a', 'a.', 'a..b'])(
    'refuses the capability %j: it ends a subject',
    (capability) => {
      expect(problemsOf({ capabilities: ['build', capability] })).toContain('capabilities.1');
      expect(WorkSubmit.safeParse({ capability, boundary: 'b', description: 'd' }).error?.issues[0]?.message).toMatch(/^must not/);
      expect(TargetUpdate.safeParse({ capabilities: [capability] }).success).toBe(false);
    },
  );

  test.each<[string, Record<string, unknown>, string]>([
    ['no capability', { capabilities: [] }, 'capabilities'],
    ['a blank capability', { capabilities: ['build', ' '] }, 'capabilities.1'],
    ['more capabilities than 64', { capabilities: Array.from({ length: 65 }, (_, index) => `c${String(index)}`) }, 'capabilities'],
    ['no boundary', { boundaries: [] }, 'boundaries'],
    ['a mechanism that does not exist', { mechanism: 'telepathy' }, 'mechanism'],
    ['an agent type that does not exist', { agentType: 'robot' }, 'agentType'],
    ['a configuration that is no object', { config: 'true' }, 'config'],
    ['room for no agent', { limits: { agentsMax: 0 } }, 'limits.agentsMax'],
    ['room for more agents than 1000', { limits: { agentsMax: 1001 } }, 'limits.agentsMax'],
    ['a health check that never rests', { healthCheck: { enabled: true, intervalMs: 10 } }, 'healthCheck.intervalMs'],
    ['an empty tag', { tags: [''] }, 'tags.0'],
  ])('refuses %s', (_, differs, path) => {
    expect(problemsOf(differs)).toContain(path);
  });
});

describe('TargetUpdate', () => {
  test('takes nothing but what may be changed', () => {
    expect(TargetUpdate.parse({ name: 'x', mechanism: 'ssh', status: 'disabled', description: 'd' })).toEqual({ description: 'd' });
  });

  test('fills in nothing, so that what is not given stays', () => {
    expect(TargetUpdate.parse({ limits: {}, healthCheck: { timeoutMs: 500 } })).toEqual({ limits: {}, healthCheck: { timeoutMs: 500 } });
  });

  test('reads classifications as boundaries', () => {
    expect(TargetUpdate.parse({ classifications: ['personal'] })).toEqual({ boundaries: ['personal'] });
  });

  test.each([[{ capabilities: [] }], [{ boundaries: [] }], [{ limits: { agentsMax: 0 } }], [{ tags: [''] }], [{ version: 0 }], [[]], ['x']])(
    'refuses %j',
    (update) => {
      expect(TargetUpdate.safeParse(update).success).toBe(false);
    },
  );
});
