import { expect, test } from '@jest/globals';
import { readNatsServers } from '../../agent/nats-servers.ts';

test.each([
  [{}, { urls: ['nats://127.0.0.1:4222'], tls: false }],
  [{ NATS_URL: 'broker:4222' }, { urls: ['broker:4222'], tls: false }],
  [{ NATS_URL: 'nats://a:1, nats://b:2' }, { urls: ['nats://a:1', 'nats://b:2'], tls: false }],
  [{ NATS_URL: 'tls://a:1' }, { urls: ['tls://a:1'], tls: true }],
  [{ NATS_URL: 'nats://me:p%40ss@a:1' }, { urls: ['nats://a:1'], user: 'me', password: 'p@ss', tls: false }],
  [{ NATS_URL: 'me:word@a:1,b:2' }, { urls: ['a:1', 'b:2'], user: 'me', password: 'word', tls: false }],
  [
    { NATS_URL: 'nats://me:word@a:1', NATS_USER: 'you', NATS_PASS: 'other' },
    { urls: ['nats://a:1'], user: 'you', password: 'other', tls: false },
  ],
  [{ NATS_USER: 'you' }, { urls: ['nats://127.0.0.1:4222'], user: 'you', tls: false }],
])('reads %j', (variables, servers) => {
  expect(readNatsServers(variables)).toEqual(servers);
});
