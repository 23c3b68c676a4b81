import { describe, expect, test } from '@jest/globals';
import { parseMechanismConfig } from '../../../src/domain/targets/mechanism-config.ts';
import { MechanismName } from '../../../src/domain/targets/target.ts';

function failureOf(config: Record<string, unknown>, mechanism: MechanismName = 'local'): unknown {
  try {
    return parseMechanismConfig(mechanism, config);
  } catch (error) {
    return error;
  }
}

describe('parseMechanismConfig', () => {
  const full = { command: 'npm', args: ['test'], workingDirectory: '/srv/repo', env: { CI: '1' }, hostId: 'host-1' };

  test.each<[string, Record<string, unknown>]>([
    ['nested', { mechanism: 'local', local: full }],
    ['nested, without the mechanism', { local: full }],
    ['flat', { mechanism: 'local', ...full }],
    ['flat, without the mechanism', full],
  ])('reads the dialect: %s', (_, config) => {
    expect(parseMechanismConfig('local', config)).toEqual({ mechanism: 'local', local: full });
  });

  test('takes a command without arguments for a shell line', () => {
    expect(parseMechanismConfig('local', { command: 'npm ci && npm test' })).toEqual({ mechanism: 'local', local: { command: 'npm ci && npm test' } });
  });

  test('drops what it does not know', () => {
    expect(parseMechanismConfig('local', { command: 'x', timeout: 7 })).toEqual({ mechanism: 'local', local: { command: 'x' } });
  });

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['no command', {}, ['config.command']],
    ['an empty command', { command: '' }, ['config.command']],
    ['NUL in the command', { command: 'a\0b' }, ['config.command']],
    ['NUL in an argument', { command: 'a', args: ['ok', 'b\0'] }, ['config.args.1']],
    ['a name that is no variable', { command: 'a', env: { 'A-B': 'x' } }, ['config.env.A-B']],
    ['NUL in a variable', { command: 'a', env: { A: '\0' } }, ['config.env.A']],
    ['a host id that leads elsewhere', { command: 'a', hostId: '../x' }, ['config.hostId']],
    ['a nested dialect that is no object', { local: 'npm test' }, ['config.local']],
    ['a nested dialect without a command', { local: {} }, ['config.local.command']],
    ['two problems', { args: 'x' }, ['config.command', 'config.args']],
    ['another mechanism than the target\u2019s', { mechanism: 'ssh', command: 'x' }, ['config.mechanism']],
    ['too many arguments', { command: 'a', args: Array.from({ length: 257 }, () => 'x') }, ['config.args']],
  ])('refuses %s and names it', (_, config, paths) => {
    const failure = failureOf(config);

    expect(failure).toMatchObject({ code: 'BAD_REQUEST', details: { problems: paths.map((path) => expect.objectContaining({ path })) } });
    expect((failure as Error).message).toContain(paths[0]);
  });

  test.each(MechanismName.options.filter((name) => name !== 'local'))('says that %s is not available in this version', (mechanism) => {
    expect(failureOf({ command: 'x' }, mechanism)).toMatchObject({ code: 'TARGET_MISCONFIGURED' });
  });
});
