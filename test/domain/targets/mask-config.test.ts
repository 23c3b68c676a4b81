import { expect, test } from '@jest/globals';
import { maskConfig } from '../../../src/domain/targets/mask-config.ts';

test.each([
  ['flat', { mechanism: 'local', command: 'run', env: { A: 'secret', B: '' } }, { mechanism: 'local', command: 'run', env: { A: '***', B: '***' } }],
  ['nested', { local: { command: 'run', env: { A: 'secret' } } }, { local: { command: 'run', env: { A: '***' } } }],
  ['in a list', { steps: [{ env: { A: 'secret' } }] }, { steps: [{ env: { A: '***' } }] }],
  ['not even a record', { env: ['A=secret'] }, { env: '***' }],
  ['headers', { webhook: { url: 'u', headers: { Authorization: 'Bearer x' } } }, { webhook: { url: 'u', headers: { Authorization: '***' } } }],
  ['by its name', { ssh: { password: 'p', apiKey: 'k', host: 'h' } }, { ssh: { password: '***', apiKey: '***', host: 'h' } }],
])('a secret value is masked: %s', (_where, config, masked) => {
  expect(maskConfig(config)).toEqual(masked);
});

test('what only says where a secret is stays readable', () => {
  const config = { tokenEnvVar: 'GITHUB_TOKEN', privateKeyPath: '/keys/id', args: ['--verbose'] };

  expect(maskConfig(config)).toEqual(config);
});

test('a member named __proto__ stays a member', () => {
  const config = JSON.parse('{"__proto__": {"env": {"A": "secret"}}}') as Record<string, unknown>;

  expect(JSON.stringify(maskConfig(config))).toBe('{"__proto__":{"env":{"A":"***"}}}');
});
