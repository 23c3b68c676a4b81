import { expect, test } from '@jest/globals';
import { toConnectionOptions } from '../../../src/adapters/nats/server-address.ts';

test.each([
  { url: 'nats://a:4222', expected: { servers: ['nats://a:4222'] } },
  { url: 'a:4222', expected: { servers: ['a:4222'] } },
  { url: 'nats://a:4222, nats://b:4222', expected: { servers: ['nats://a:4222', 'nats://b:4222'] } },
  { url: 'nats://me:p%40ss@a:4222,nats://b:4222', expected: { servers: ['nats://a:4222', 'nats://b:4222'], user: 'me', pass: 'p@ss' } },
  { url: 'tls://me:secret@a:4222', expected: { servers: ['tls://a:4222'], user: 'me', pass: 'secret', tls: {} } },
])('reads servers and credentials of $url', ({ url, expected }) => {
  expect(toConnectionOptions({ url })).toEqual(expected);
});

test('credentials that are given count more than those of the URL', () => {
  expect(toConnectionOptions({ url: 'nats://me:secret@a:4222', user: 'other', pass: 'word' })).toEqual({
    servers: ['nats://a:4222'],
    user: 'other',
    pass: 'word',
  });
});
