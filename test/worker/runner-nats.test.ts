import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { runnerNats } from '../../worker/runner-nats.ts';

test('a runner is given what it needs to reach NATS as we do, and nothing else of our settings', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  const config = loadConfig({
    NATS_URL: 'tls://me:word@bus:4222',
    NATS_USER: 'you',
    NATS_PASS: 'other',
    NATS_CA: ca,
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    DATABASE_URL: 'postgres://ledger/weft',
    API_TOKENS: 'token',
    GITHUB_TOKEN: 'ghp',
  });

  expect(runnerNats(config)).toEqual({
    NATS_URL: 'tls://me:word@bus:4222',
    NATS_USER: 'you',
    NATS_PASS: 'other',
    NATS_CA: ca,
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
  });
});

test('without credentials it is given the address alone', () => {
  expect(runnerNats(loadConfig({}))).toEqual({ NATS_URL: 'nats://127.0.0.1:4222' });
});
