import { describe, expect, test } from '@jest/globals';
import { agentEnvironment } from '../../../src/adapters/local/agent-environment.ts';

describe('agentEnvironment', () => {
  test('takes the allow-list of our environment, and nothing else', () => {
    const allowed = {
      PATH: '/bin',
      HOME: '/home/a',
      LANG: 'C',
      LC_ALL: 'C',
      LC_TIME: 'C',
      TZ: 'UTC',
      TMPDIR: '/tmp',
      USER: 'a',
      LOGNAME: 'a',
      SHELL: '/bin/sh',
    };
    const refused = {
      DATABASE_URL: 'postgres://',
      NATS_PASS: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      NODE_OPTIONS: '--inspect',
      LD_PRELOAD: '/x',
      path: 'x',
      LCX: 'x',
    };

    expect(agentEnvironment({ guid: 'g', env: {} }, { ...allowed, ...refused, UNSET: undefined })).toEqual({ ...allowed, WEFT_AGENT_GUID: 'g' });
  });

  test('lets the request win over our own, and nothing win over the marker', () => {
    const env = agentEnvironment({ guid: 'g', env: { PATH: '/request', WEFT_AGENT_GUID: 'forged' } }, { PATH: '/own', WEFT_AGENT_GUID: 'outer' });

    expect(env).toEqual({ PATH: '/request', WEFT_AGENT_GUID: 'g' });
  });

  test.each([
    ['an empty name', { '': 'x' }],
    ['a name with an equals sign', { 'A=B': 'x' }],
    ['a name with a leading dash', { '-x': 'x' }],
    ['a value with NUL', { A: 'secret\0' }],
  ])('refuses %s, and does not tell the value', (_, env) => {
    const attempt = (): unknown => agentEnvironment({ guid: 'g', env }, {});

    expect(attempt).toThrow(expect.objectContaining({ code: 'TARGET_MISCONFIGURED' }));
    expect(attempt).not.toThrow('secret');
  });
});
