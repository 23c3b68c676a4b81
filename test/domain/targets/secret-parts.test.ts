import { expect, test } from '@jest/globals';
import { mapSecretParts } from '../../../src/domain/targets/secret-parts.ts';

function masked(text: string): string {
  return mapSecretParts(text, () => '***');
}

const LETTERS = 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8';

test.each([
  ['https://user:p@ss@host/path', 'https://user:***@host/path'],
  ['git clone https://abc@github.com/o/r', 'git clone https://***@github.com/o/r'],
  ['postgres://weft:pw@db:5432/weft', 'postgres://weft:***@db:5432/weft'],
  ['https://host/hook?a=1&access_token=abc&b=2', 'https://host/hook?a=1&access_token=***&b=2'],
  ['https://host/api?code=abc==', 'https://host/api?code=***'],
  [`https://hooks.example.com/services/T000/B000/${LETTERS}`, 'https://hooks.example.com/services/T000/B000/***'],
  [`https://host/?x=${LETTERS}#top`, 'https://host/?x=***#top'],
  ['run --token=abc --verbose', 'run --token=*** --verbose'],
  ['run --api-key abc --verbose', 'run --api-key *** --verbose'],
  ["DB_PASS='a b' run", "DB_PASS='***' run"],
  ['curl -u me:pw https://host', 'curl -u me:*** https://host'],
  ['curl -H "Authorization: Bearer abc.def" host', 'curl -H "Authorization: Bearer ***" host'],
  ['curl -H "Authorization: Basic dXNlcjpwYXNz" host', 'curl -H "Authorization: Basic ***" host'],
  ['curl -H "X-Api-Key: a b" host', 'curl -H "X-Api-Key: ***" host'],
  ['{"secret" : "a \\"b\\" c", "n": 1}', '{"secret" : "***", "n": 1}'],
  ['{"text":"{\\"token\\":\\"abc\\"}"}', '{"text":"{\\"token\\":\\"***\\"}"}'],
  ['{"password":123,"n":1}', '{"password":***,"n":1}'],
  ['password: two words\nuser: me', 'password: ***\nuser: me'],
  [`use ghp_${LETTERS} now`, 'use ghp_*** now'],
  ['use sk-ant-abcdefghijklmnopqrst now', 'use sk-*** now'],
  ['use AKIAABCDEFGHIJKLMNOP now', 'use AKIA*** now'],
  ['use eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln now', 'use eyJ*** now'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', '-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----'],
])('%j is shown as %j', (text, shown) => {
  expect(masked(text)).toBe(shown);
});

test.each([
  'claude --print "Summarise the token budget"',
  'run --use-token --verbose',
  'run --tokenizer=fast --bypass=1',
  'ssh://git@host/repo',
  'https://host:8080/hook?project=weft&n=1',
  'TOKEN=${TOKEN} run --token $TOKEN',
  '{"token":"{{token}}","secret":"${{ secrets.NAME }}"}',
  'npm_config_loglevel=warn npm ci',
])('%j is shown as it is', (text) => {
  expect(masked(text)).toBe(text);
});

test.each([
  ['a name without a value', 'token '],
  ['a quote that is never closed', 'token="\\'],
  ['the beginning of an address', 'https://a:'],
  ['the beginning of a web token', 'eyJ-'],
  ['the beginning of a key', '-----BEGIN PRIVATE KEY-----'],
  ['letters', 'a-'],
])('a text of the greatest length is looked through in no time: %s', (_what, part) => {
  const text = part.repeat(Math.ceil(131_072 / part.length));
  const beginMs = performance.now();

  masked(text);

  expect(performance.now() - beginMs).toBeLessThan(2000);
});
