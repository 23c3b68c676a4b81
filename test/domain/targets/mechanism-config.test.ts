import { describe, expect, test } from '@jest/globals';
import { parseMechanismConfig } from '../../../src/domain/targets/mechanism-config.ts';
import type { MechanismName } from '../../../src/domain/targets/target.ts';

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
});

describe('every mechanism has both dialects:', () => {
  const ssh = { host: 'build-1.example.org', port: 22, user: 'ci', command: 'agent', connectionTimeoutMs: 30_000 };
  const github = { repo: 'loominal/weft', workflow: 'agent.yml', ref: 'main', tokenEnvVar: 'GITHUB_TOKEN' };
  const webhook = { url: 'https://hooks.example.org/x', method: 'POST', successCodes: [200, 201, 202], timeoutMs: 30_000 };
  const kubernetes = { namespace: 'agents', jobNamePrefix: 'agent', image: 'ghcr.io/x/agent:1', resources: { cpu: '500m', memory: '2Gi' }, env: { A: 'b' } };

  test.each<[MechanismName, Record<string, unknown>, object]>([
    ['ssh', { mechanism: 'ssh', ssh: { host: ssh.host, user: 'ci', command: 'agent' } }, { ssh }],
    ['ssh', { mechanism: 'ssh', host: ssh.host, user: 'ci', command: 'agent' }, { ssh }],
    ['ssh', { mechanism: 'ssh', host: '::1' }, { ssh: { host: '::1', port: 22, user: 'root', connectionTimeoutMs: 30_000 } }],
    ['github-actions', { githubActions: { repo: github.repo, workflow: 'agent.yml' } }, { githubActions: github }],
    ['github-actions', { mechanism: 'github-actions', repo: github.repo, workflowFile: 'agent.yml' }, { githubActions: github }],
    ['webhook', { webhook: { url: webhook.url } }, { webhook }],
    ['webhook', { mechanism: 'webhook', url: webhook.url }, { webhook }],
    ['kubernetes', { kubernetes }, { kubernetes }],
    ['kubernetes', { mechanism: 'kubernetes', ...kubernetes }, { kubernetes }],
    ['kubernetes', { mechanism: 'kubernetes' }, { kubernetes: { namespace: 'default', jobNamePrefix: 'weft-agent' } }],
  ])('%s %j', (mechanism, config, inner) => {
    expect(parseMechanismConfig(mechanism, config)).toEqual({ mechanism, ...inner });
  });

  test.each<[MechanismName, Record<string, unknown>, string]>([
    ['ssh', { host: '-oProxyCommand=x' }, 'config.host'],
    ['ssh', { host: 'a b' }, 'config.host'],
    ['ssh', { host: 'h', user: '-l' }, 'config.user'],
    ['ssh', { host: 'h', env: { '-x': '1' } }, 'config.env.-x'],
    ['ssh', { host: 'h', port: 0 }, 'config.port'],
    ['ssh', { host: 'h', privateKeyPath: '-key' }, 'config.privateKeyPath'],
    ['ssh', { ssh: { host: 'h', user: 'u' } }, 'config.ssh.command'],
    ['ssh', { ssh: { host: 'h', command: 'c' } }, 'config.ssh.user'],
    ['github-actions', { repo: 'weft', workflow: 'a.yml' }, 'config.repo'],
    ['github-actions', { repo: 'o/..', workflow: 'a.yml' }, 'config.repo'],
    ['github-actions', { repo: 'o/r/../../x', workflow: 'a.yml' }, 'config.repo'],
    ['github-actions', { repo: 'o/r', workflow: '../a.yml' }, 'config.workflow'],
    ['github-actions', { repo: 'o/r', workflow: 'a.yml', ref: '-x' }, 'config.ref'],
    ['github-actions', { repo: 'o/r', workflow: 'a.yml', inputs: Object.fromEntries(Array.from({ length: 26 }, (_, i) => [i, 'x'])) }, 'config.inputs'],
    ['webhook', { url: 'ftp://x/y' }, 'config.url'],
    ['webhook', { url: 'file:///etc/passwd' }, 'config.url'],
    ['webhook', { url: 'javascript:alert(1)' }, 'config.url'],
    ['webhook', { url: 'http://user:pass@x/' }, 'config.url'],
    ['webhook', { url: 'http://x', method: 'DELETE' }, 'config.method'],
    ['webhook', { url: 'http://x', headers: { 'a b': 'x' } }, 'config.headers.a b'],
    ['webhook', { url: 'http://x', headers: { a: 'x\r\nb: y' } }, 'config.headers.a'],
    ['kubernetes', { kubernetes: {} }, 'config.kubernetes.image'],
    ['kubernetes', { namespace: '-n' }, 'config.namespace'],
    ['kubernetes', { image: '--x' }, 'config.image'],
    ['kubernetes', { resources: { cpu: 'much' } }, 'config.resources.cpu'],
  ])('%s refuses %j', (mechanism, config, path) => {
    expect(failureOf(config, mechanism)).toMatchObject({ code: 'BAD_REQUEST', details: { problems: [expect.objectContaining({ path })] } });
  });

  test('a masked secret is not taken for its value', () => {
    expect(failureOf({ command: 'x', args: ['***'], env: { KEY: '***' } })).toMatchObject({
      code: 'BAD_REQUEST',
      details: { problems: [expect.objectContaining({ path: 'config.env.KEY' })] },
    });
  });

  test('a configuration has a bound, whatever is in it', () => {
    expect(failureOf({ command: 'x', note: 'y'.repeat(200_000) })).toMatchObject({ code: 'BAD_REQUEST' });
  });
});
