import { describe, expect, test } from '@jest/globals';
import { parseNatsServers } from '../../src/domain/nats-servers.ts';

const CA = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const tcp = { transport: 'tcp', isEncrypted: false };

describe('parseNatsServers', () => {
  test.each([
    [
      { NATS_URL: '', NATS_USER: '', NATS_PASS: '', NATS_CA: '' },
      { ...tcp, urls: ['nats://127.0.0.1:4222'], hosts: ['127.0.0.1'] },
    ],
    [{}, { ...tcp, urls: ['nats://127.0.0.1:4222'], hosts: ['127.0.0.1'] }],
    [{ NATS_URL: 'broker:4222' }, { ...tcp, urls: ['nats://broker:4222'], hosts: ['broker'] }],
    [{ NATS_URL: 'broker' }, { ...tcp, urls: ['nats://broker'], hosts: ['broker'] }],
    [{ NATS_URL: 'NATS://broker:1/' }, { ...tcp, urls: ['nats://broker:1'], hosts: ['broker'] }],
    [{ NATS_URL: 'nats://[::1]:4222' }, { ...tcp, urls: ['nats://[::1]:4222'], hosts: ['::1'] }],
    [{ NATS_URL: 'nats://a:1, nats://b:2,' }, { ...tcp, urls: ['nats://a:1', 'nats://b:2'], hosts: ['a', 'b'] }],
    [{ NATS_URL: 'tls://a:1,b:2' }, { urls: ['tls://a:1', 'tls://b:2'], hosts: ['a', 'b'], transport: 'tcp', isEncrypted: true }],
    [{ NATS_URL: 'ws://a:1/nats' }, { urls: ['ws://a:1/nats'], hosts: ['a'], transport: 'websocket', isEncrypted: false }],
    [{ NATS_URL: 'wss://a' }, { urls: ['wss://a'], hosts: ['a'], transport: 'websocket', isEncrypted: true }],
    [
      { NATS_URL: 'nats://a:1', NATS_CA: CA },
      { urls: ['nats://a:1'], hosts: ['a'], transport: 'tcp', isEncrypted: true, ca: CA },
    ],
  ])('reads the servers of %j', (variables, servers) => {
    expect(parseNatsServers(variables)).toEqual({ servers });
  });

  test.each([
    [{ NATS_URL: 'nats://me:p%40s%2Fs%3A@a:1' }, { user: 'me', password: 'p@s/s:' }],
    [{ NATS_URL: 'me:wo:rd@a:1,b:2' }, { user: 'me', password: 'wo:rd' }],
    [{ NATS_URL: 'a:1,nats://me:word@b:2' }, { user: 'me', password: 'word' }],
    [
      { NATS_URL: 'nats://me:word@a:1', NATS_USER: 'you', NATS_PASS: 'other' },
      { user: 'me', password: 'word' },
    ],
    [
      { NATS_URL: 'nats://me@a:1', NATS_USER: 'you', NATS_PASS: 'other' },
      { user: 'me', password: 'other' },
    ],
    [
      { NATS_URL: 'nats://a:1', NATS_USER: 'you', NATS_PASS: 'other' },
      { user: 'you', password: 'other' },
    ],
    [{ NATS_USER: 'you', NATS_PASS: '' }, { user: 'you' }],
  ])('finds the credentials of %j, those in the URL first, and leaves none in the URLs', (variables, credentials) => {
    const parsed = parseNatsServers(variables);

    expect(parsed).toMatchObject({ servers: credentials });
    expect(JSON.stringify('servers' in parsed ? parsed.servers.urls : [])).not.toContain('@');
  });

  test.each([
    [{ NATS_URL: 'http://secret:1' }, ['NATS_URL: the scheme must be nats, tls, ws or wss']],
    [{ NATS_URL: 'nats://me:secret/word@a:1' }, [expect.stringContaining('NATS_URL: every server must be host:port')]],
    [{ NATS_URL: 'nats://a:secret' }, [expect.stringContaining('NATS_URL: every server must be host:port')]],
    [{ NATS_URL: 'nats://a:1/secret' }, [expect.stringContaining('NATS_URL: every server must be host:port')]],
    [{ NATS_URL: 'nats://me:100%secret@a:1' }, ['NATS_URL: a percent sign in user or password must be written as %25']],
    [{ NATS_URL: 'tls://a:1,nats://b:1' }, ['NATS_URL: all servers must have the same scheme']],
    [{ NATS_URL: 'wss://a:1,ws://b:1' }, ['NATS_URL: all servers must have the same scheme']],
    [{ NATS_URL: 'me:secret@a:1,you:secret@b:1' }, ['NATS_URL: all servers must have the same user and password']],
    [{ NATS_URL: 'tls://a:1', NATS_CA: 'secret' }, ['NATS_CA: there is no certificate in it (PEM)']],
    [{ NATS_URL: 'ws://a:1', NATS_CA: CA }, ['NATS_CA: ws:// is never encrypted; use wss://']],
    [{ NATS_URL: Array.from({ length: 33 }, () => 'secret').join(',') }, ['NATS_URL: at most 32 servers']],
    [
      { NATS_URL: 'ftp://a:1,b:x', NATS_CA: 'secret' },
      [expect.stringContaining('scheme'), expect.stringContaining('host:port'), expect.stringContaining('NATS_CA')],
    ],
  ])('refuses %j with all problems, and none of the values', (variables, problems) => {
    const parsed = parseNatsServers(variables);

    expect(parsed).toEqual({ problems });
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });
});
