import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findMasked, maskConfig, restoreSecrets } from '../../../src/domain/targets/mask-config.ts';

test.each([
  ['flat', { mechanism: 'local', command: 'run', env: { A: 'secret', B: '' } }, { mechanism: 'local', command: 'run', env: { A: '***', B: '***' } }],
  ['nested', { local: { command: 'run', env: { A: 'secret' } } }, { local: { command: 'run', env: { A: '***' } } }],
  ['in a list', { steps: [{ env: { A: 'secret' } }] }, { steps: [{ env: { A: '***' } }] }],
  ['not even a record', { env: ['A=secret'] }, { env: '***' }],
  ['headers', { webhook: { url: 'u', headers: { Authorization: 'Bearer x' } } }, { webhook: { url: 'u', headers: { Authorization: '***' } } }],
  [
    'headers but those that everybody sends',
    { headers: { 'Content-Type': 'application/json', 'X-Hook': 'abc' } },
    { headers: { 'Content-Type': 'application/json', 'X-Hook': '***' } },
  ],
  ['a list of a secret name', { tokens: ['a', 'b'], credentials: { user: 'u', pin: 7 } }, { tokens: '***', credentials: { user: '***', pin: '***' } }],
  ['in an argument', { args: ['run', '--token=abc'] }, { args: ['run', '--token=***'] }],
  ['in the argument after its name', { args: ['--api-key', 'a b', '-u', 'me:pw'] }, { args: ['--api-key', '***', '-u', 'me:***'] }],
  ['in a shell line', { command: 'TOKEN=abc run --password "x y"' }, { command: 'TOKEN=*** run --password "***"' }],
  ['in an address', { url: 'https://me:pw@host/hook?token=abc&n=1' }, { url: 'https://me:***@host/hook?token=***&n=1' }],
  ['in a template', { bodyTemplate: '{"text":"{{workItemId}}","token":"abc"}' }, { bodyTemplate: '{"text":"{{workItemId}}","token":"***"}' }],
  ['by its name', { ssh: { password: 'p', apiKey: 'k', host: 'h' } }, { ssh: { password: '***', apiKey: '***', host: 'h' } }],
])('a secret value is masked: %s', (_where, config, masked) => {
  expect(maskConfig(config)).toEqual(masked);
});

test('what only says where a secret is stays readable', () => {
  const config = {
    tokenEnvVar: 'GITHUB_TOKEN',
    privateKeyPath: '/keys/id',
    imagePullSecret: 'registry',
    args: ['--verbose', '--token=${TOKEN}', '--token', '$TOKEN'],
    env: { A: '${A}' },
    headers: { Authorization: 'Bearer ${TOKEN}' },
    bodyTemplate: '{"token": "{{token}}"}',
  };

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
  expect(findMasked({ args: ['--token=***', '--key', '***', '--token', '***'], url: 'https://h/?sig=***', command: 'echo ***' })).toEqual([
    ['args', '0'],
    ['args', '4'],
    ['url'],
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
  { what: 'a text as it was shown', sent: { args: ['-v', '--token=***'] }, stored: { args: ['-v', '--token=a'] }, is: { args: ['-v', '--token=a'] } },
  {
    what: 'a text that was changed stays masked',
    sent: { url: 'https://b/?token=***' },
    stored: { url: 'https://a/?token=x' },
    is: { url: 'https://b/?token=***' },
  },
  { what: 'deep in a list', sent: { steps: [{ password: '***' }] }, stored: { steps: [{ password: 'p' }] }, is: { steps: [{ password: 'p' }] } },
])('a config that was read and is sent again: $what', ({ sent, stored, is }) => {
  expect(restoreSecrets(sent, stored)).toEqual(is);
});

describe('whatever was set,', () => {
  const Word = fc.constantFrom(
    '--token',
    '--token=',
    'password: ',
    'x',
    ' ',
    '"',
    "'",
    '\\"',
    '=',
    ':',
    'https://',
    'u:p@h/',
    '?key=',
    '&',
    'ghp_',
    'Bearer ',
    '***',
    '\n',
    '${A}',
    'Z9'.repeat(12),
  );
  const Text = fc.array(Word, { maxLength: 8 }).map((words) => words.join(''));
  const AnyConfig = fc.record({
    command: Text,
    args: fc.array(Text, { maxLength: 4 }),
    env: fc.dictionary(fc.constantFrom('A', 'B'), Text),
    note: fc.record({ token: Text, url: Text }),
  });

  test('it is shown the same when it was masked before', () => {
    fc.assert(
      fc.property(AnyConfig, (config) => {
        expect(maskConfig(maskConfig(config))).toEqual(maskConfig(config));
      }),
    );
  });

  test('it stays as it is when it is sent back as it was shown', () => {
    fc.assert(
      fc.property(AnyConfig, (config) => {
        expect(restoreSecrets(maskConfig(config), config)).toEqual(config);
      }),
    );
  });

  test('what was masked is found to be so where nothing is stored', () => {
    fc.assert(
      fc.property(AnyConfig, (config) => {
        const masked = maskConfig(config);
        fc.pre(JSON.stringify(masked) !== JSON.stringify(config));

        expect(findMasked(masked)).not.toEqual([]);
      }),
    );
  });
});

test('a stored secret is not found on a prototype', () => {
  expect(restoreSecrets({ env: { constructor: '***' } }, { env: {} })).toEqual({ env: { constructor: '***' } });
});
