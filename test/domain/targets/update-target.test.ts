import { describe, expect, test } from '@jest/globals';
import { updateTarget } from '../../../src/domain/targets/update-target.ts';
import type { Updatable } from '../../../src/domain/targets/update-target.ts';

const target: Updatable = {
  mechanism: 'local',
  config: { mechanism: 'local', command: 'run', env: { KEY: 'secret' } },
  limits: { agentsMax: 2, idleTimeoutMs: 9 },
};
const nested: Updatable = { ...target, config: { mechanism: 'local', local: { command: 'run', env: { KEY: 'secret' } } } };

function inNested(local: object): Record<string, unknown> {
  return { mechanism: 'local', local };
}

function sentAfter(before: Updatable, config: Record<string, unknown>): unknown {
  return updateTarget(before, { config }).config?.sent;
}

test('only given fields change', () => {
  expect(updateTarget(target, { description: 'new', tags: [] })).toEqual({ description: 'new', tags: [] });
  expect(updateTarget(target, { version: 3 })).toEqual({});
});

test('limits and health check are merged', () => {
  expect(updateTarget(target, { limits: { agentsMax: 7 } })).toEqual({ limits: { agentsMax: 7, idleTimeoutMs: 9 } });
  expect(updateTarget(target, { healthCheck: { enabled: true } })).toEqual({ healthCheck: { enabled: true, intervalMs: 300_000, timeoutMs: 10_000 } });
});

describe('a configuration is merged member by member:', () => {
  test.each<{ how: string; before: Updatable; config: Record<string, unknown>; sent: object }>([
    { how: 'flat into flat', before: target, config: { args: ['a'] }, sent: { ...target.config, args: ['a'] } },
    { how: 'flat into nested', before: nested, config: { mechanism: 'local', command: 'new' }, sent: inNested({ command: 'new', env: { KEY: 'secret' } }) },
    { how: 'nested into nested', before: nested, config: { local: { command: 'new' } }, sent: inNested({ command: 'new' }) },
    { how: 'nested into flat', before: target, config: inNested({ command: 'new' }), sent: inNested({ command: 'new' }) },
    { how: 'as it was read, flat', before: target, config: { command: 'new', env: { KEY: '***' } }, sent: { ...target.config, command: 'new' } },
    { how: 'as it was read, nested', before: nested, config: { local: { command: 'run', env: { KEY: '***' } } }, sent: nested.config },
    {
      how: 'a mask beside the settings',
      before: { ...nested, config: { ...nested.config, note: { token: 'abc' } } },
      config: { ...inNested({ command: 'run' }), note: { token: '***' } },
      sent: { ...inNested({ command: 'run' }), note: { token: 'abc' } },
    },
    {
      how: 'a mask in the other dialect',
      before: nested,
      config: { env: { KEY: '***', B: 'b' } },
      sent: inNested({ command: 'run', env: { KEY: 'secret', B: 'b' } }),
    },
  ])('$how', ({ before, config, sent }) => {
    expect(sentAfter(before, config)).toEqual(sent);
  });

  test('what comes out is checked', () => {
    expect(() => updateTarget(target, { config: { args: 'x' } })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    expect(() => updateTarget(target, { config: { mechanism: 'ssh' } })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    expect(() => updateTarget(target, { config: { env: { OTHER: '***' } } })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    expect(() => updateTarget(target, { config: { args: ['--token=***'] } })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});
