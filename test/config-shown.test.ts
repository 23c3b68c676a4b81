import { expect, test } from '@jest/globals';
import { shownSettings } from '../src/config-shown.ts';
import { loadConfigWithSources } from '../src/config.ts';

function shown(env: Record<string, string>, name: string): unknown {
  const settings = shownSettings(loadConfigWithSources(env));
  return settings.find((setting) => setting.name === name)?.value;
}

test.each([
  ['nats://me:secret@a:1,b:2', 'nats://me:***@a:1,b:2'],
  ['nats://me:secret@a:1, nats://me:secret@b:1', 'nats://me:***@a:1, nats://me:***@b:1'],
  ['me:secret@a:1', 'me:***@a:1'],
  ['nats://secret@a:1', 'nats://***@a:1'],
  ['nats://a:1', 'nats://a:1'],
])('of NATS_URL %s is shown %s', (url, expected) => {
  expect(shown({ NATS_URL: url }, 'NATS_URL')).toBe(expected);
});

test.each([
  ['postgres://me:secret@host:5432/weft', 'postgres://me:***@host:5432/weft'],
  ['postgres://me:se,secret@secret@host/weft', 'postgres://me:***@host/weft'],
  ['postgres:///weft?host=/run&user=me&password=secret&sslmode=require', 'postgres:///weft?host=/run&user=me&password=***&sslmode=require'],
])('of DATABASE_URL %s is shown %s', (url, expected) => {
  expect(shown({ DATABASE_URL: url }, 'DATABASE_URL')).toBe(expected);
});

test('no other secret is shown, not even how long it is', () => {
  const env = { NATS_PASS: 'secret', API_TOKENS: 'secret,longer-secret', GITHUB_TOKEN: 'secret' };

  expect(Object.keys(env).map((name) => shown(env, name))).toEqual(['***', ['***', '***'], '***']);
});

test('what is not set is null, and the rest is as it is in force', () => {
  const settings = shownSettings(loadConfigWithSources({ API_PORT: '8080', NATS_USER: 'me' }));

  expect(settings).toEqual(
    expect.arrayContaining([
      { name: 'API_PORT', value: 8080, source: 'environment' },
      { name: 'API_HOST', value: '127.0.0.1', source: 'default' },
      { name: 'NATS_USER', value: 'me', source: 'environment' },
      { name: 'NATS_PASS', value: null, source: 'default' },
    ]),
  );
});

test('of a setting without effect it is said', () => {
  const settings = shownSettings(loadConfigWithSources({ GITHUB_TOKEN: 'secret', USER: 'me' }));

  expect(settings.filter(({ note }) => note !== undefined)).toEqual([
    { name: 'GITHUB_TOKEN', value: '***', source: 'environment', note: expect.stringMatching(/^no effect yet: /) },
  ]);
});
