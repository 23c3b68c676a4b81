import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../api/app.ts';
import { isForeignPage } from '../../api/plugins/loopback-guard.ts';
import { closedPorts } from './closed-ports.ts';

const BOARD = 'https://board.example';
const PREFLIGHT = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization, content-type, idempotency-key' };

describe.each([
  ['with tokens', ['first-token']],
  ['without tokens', []],
])('%s, to pages of a listed origin', (_what, tokens) => {
  let app: FastifyInstance;
  beforeAll(() => {
    app = buildApp(closedPorts({ tokens, corsOrigins: [BOARD, 'http://localhost:5173'] }));
  });
  afterAll(() => app.close());

  test.each(['/api/work', '/api/projects/x', '/api/nothing', '/health'])('a preflight of %s is answered before anybody is asked for a token', async (url) => {
    const answer = await app.inject({ method: 'OPTIONS', url, headers: { host: 'localhost', origin: BOARD, ...PREFLIGHT } });

    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': BOARD,
      'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
      'access-control-allow-headers': PREFLIGHT['access-control-request-headers'],
      vary: 'Origin, Access-Control-Request-Headers',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test('an answer may be read, a failure too', async () => {
    for (const url of ['/health', '/api/nothing']) {
      const { headers } = await app.inject({ url, headers: { host: 'localhost', origin: BOARD } });

      expect(headers).toMatchObject({ 'access-control-allow-origin': BOARD, vary: 'Origin', 'access-control-expose-headers': expect.stringContaining('ETag') });
    }
  });

  test('a write is let through to its own checks', async () => {
    const headers = { host: 'localhost', origin: BOARD, authorization: 'Bearer first-token' };

    expect((await app.inject({ method: 'POST', url: '/api/work', headers, payload: {} })).statusCode).toBe(400);
  });

  test.each([
    'https://evil.example',
    'https://board.example.evil.example',
    'https://board.example:8443',
    'http://board.example',
    'null',
    'https://BOARD.example',
  ])('%s is none, and gets nothing that lets it read', async (origin) => {
    const preflight = await app.inject({ method: 'OPTIONS', url: '/api/work', headers: { host: 'localhost', origin, ...PREFLIGHT } });
    const read = await app.inject({ url: '/health', headers: { host: 'localhost', origin } });

    expect(preflight.statusCode).toBe(204);
    for (const { headers } of [preflight, read]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.vary).toBe('Origin');
    }
  });

  test('request headers that are none are not reflected', async () => {
    const headers = { host: 'localhost', origin: BOARD, ...PREFLIGHT, 'access-control-request-headers': 'x; <script>' };

    expect((await app.inject({ method: 'OPTIONS', url: '/api/work', headers })).headers).not.toHaveProperty('access-control-allow-headers');
  });

  test('OPTIONS that is no preflight is a method like others', async () => {
    const headers = { host: 'localhost', authorization: 'Bearer first-token' };

    expect((await app.inject({ method: 'OPTIONS', url: '/api/work', headers })).statusCode).toBe(404);
  });
});

test('without tokens a page of a listed origin may write, and another may not', async () => {
  const app = buildApp(closedPorts({ corsOrigins: [BOARD] }));
  const write = (origin: string) => app.inject({ method: 'POST', url: '/api/work', headers: { host: 'localhost', origin }, payload: {} });

  const statuses = [(await write(BOARD)).statusCode, (await write('https://evil.example')).statusCode];
  await app.close();

  expect(statuses).toEqual([400, 403]);
});

test.each([
  [undefined, false],
  ['http://localhost:3000', false],
  [BOARD, false],
  ['http://localhost:3001', true],
  ['null', true],
])('of the origin %s it says whether its page is foreign', (origin, isForeign) => {
  expect(isForeignPage({ headers: { host: 'localhost:3000', ...(origin === undefined ? {} : { origin }) } }, [BOARD])).toBe(isForeign);
});
