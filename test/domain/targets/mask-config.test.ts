import { expect, test } from '@jest/globals';
import { findMasked, maskConfig, restoreSecrets } from '../../../src/domain/targets/mask-config.ts';

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
  const config = { tokenEnvVar: 'GITHUB_TOKEN', privateKeyPath: '/keys/id', imagePullSecret: 'registry', args: ['--verbose'] };

  expect(maskConfig(config)).toEqual(config);
});

test('a member named __proto__ stays a member', () => {
  const config = JSON.parse('{"__proto__": {"env": {"A": "secret"}}}') as Record<string, unknown>;

  expect(JSON.stringify(maskConfig(config))).toBe('{"__proto__":{"env":{"A":"***"}}}');
});

test('a mask that came back is found where a secret belongs, and nowhere else', () => {
  expect(findMasked({ args: ['***'], env: { A: '***', B: 'x' }, steps: [{ token: '***' }], headers: '***' })).toEqual([
    ['env', 'A'],
    ['steps', '0', 'token'],
    ['headers'],
  ]);
});

test.each([
  {
    what: 'a mask is the stored secret',
    sent: { env: { A: '***', B: 'new' } },
    stored: { env: { A: 'secret', B: 'old' } },
    is: { env: { A: 'secret', B: 'new' } },
  },
  { what: 'what is left out is not brought back', sent: { env: { B: '***' } }, stored: { env: { A: 'a', B: 'b' } }, is: { env: { B: 'b' } } },
  { what: 'nothing is stored: it stays a mask', sent: { env: { A: '***' } }, stored: { command: 'x' }, is: { env: { A: '***' } } },
  { what: 'no secret belongs there', sent: { args: ['***'] }, stored: { args: ['x'] }, is: { args: ['***'] } },
  { what: 'deep in a list', sent: { steps: [{ password: '***' }] }, stored: { steps: [{ password: 'p' }] }, is: { steps: [{ password: 'p' }] } },
])('a config that was read and is sent again: $what', ({ sent, stored, is }) => {
  expect(restoreSecrets(sent, stored)).toEqual(is);
});

test('a stored secret is not found on a prototype', () => {
  expect(restoreSecrets({ env: { constructor: '***' } }, { env: {} })).toEqual({ env: { constructor: '***' } });
});
