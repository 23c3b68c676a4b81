import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../api/app.ts';
import { closedPorts } from './closed-ports.ts';

describe('without tokens', () => {
  let app: FastifyInstance;
  beforeAll(() => {
    app = buildApp(closedPorts());
  });
  afterAll(() => app.close());

  test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:80', '127.8.9.1', '[::1]:3000'])('the loopback name %s is answered', async (host) => {
    expect((await app.inject({ url: '/health', headers: { host } })).statusCode).toBe(200);
  });

  test.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '192.168.1.5',
    'user@localhost',
    'localhost/x',
    '0.0.0.0',
    '[::]',
  ])('the name %s is refused, so that a page cannot rebind its own name to this machine', async (host) => {
    const answer = await app.inject({ url: '/api/work', headers: { host } });

    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'FORBIDDEN' });
  });

  test.each([
    ['another site', 'http://evil.example'],
    ['another port of this machine', 'http://127.0.0.1:9999'],
    ['another name of this machine', 'http://localhost:3000'],
    ['a file or a sandboxed frame', 'null'],
  ])('a write from a page of %s is refused', async (_whose, origin) => {
    const answer = await app.inject({ method: 'POST', url: '/api/work', headers: { host: '127.0.0.1:3000', origin }, payload: {} });

    expect(answer.statusCode).toBe(403);
  });

  test('a write from a page that this server itself serves passes', async () => {
    const headers = { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:3000' };

    expect((await app.inject({ method: 'POST', url: '/api/work', headers, payload: {} })).statusCode).toBe(400);
  });

  test('no answer allows another origin to read it', async () => {
    const answer = await app.inject({ url: '/health', headers: { origin: 'http://evil.example' } });

    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('with tokens', () => {
  let app: FastifyInstance;
  beforeAll(() => {
    app = buildApp(closedPorts({ tokens: ['first-token', 'second-token'] }));
  });
  afterAll(() => app.close());

  const bad = { method: 'POST', url: '/api/work', payload: { priority: 99 } } as const;

  test.each([
    ['no header', undefined, 'is missing'],
    ['another scheme', 'Basic Zmlyc3QtdG9rZW4=', 'wrong format'],
    ['no token', 'Bearer ', 'wrong format'],
    ['two tokens', 'Bearer first-token second-token', 'wrong format'],
    ['an unknown token', 'Bearer third-token', 'is not known'],
    ['the beginning of a token', 'Bearer first-toke', 'is not known'],
  ])('%s is refused before the body is looked at', async (_what, authorization, sentence) => {
    const answer = await app.inject({ ...bad, headers: authorization === undefined ? {} : { authorization } });

    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.json()).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining(sentence) });
  });

  test.each(['Bearer first-token', 'bearer second-token', 'BEARER first-token'])('%s passes', async (authorization) => {
    expect((await app.inject({ ...bad, headers: { authorization } })).statusCode).toBe(400);
  });

  test.each(['/api/work', '/API/Work/', '/%61pi/work', '/api/work/x/events', '/api/targets/x', '/api/nothing', '/api'])(
    '%s asks for a token, however it is written',
    async (url) => {
      expect((await app.inject({ url })).statusCode).toBe(401);
    },
  );

  test.each(['/health', '/health/live', '/api/openapi.json', '/api/docs/'])('%s is open', async (url) => {
    expect((await app.inject({ url })).statusCode).toBe(200);
  });

  test('other names than loopback ones are answered', async () => {
    expect((await app.inject({ url: '/health', headers: { host: 'weft.example' } })).statusCode).toBe(200);
  });
});
