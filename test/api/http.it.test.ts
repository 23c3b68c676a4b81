import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { buildApp } from '../../api/app.ts';
import { createLedger } from '../../src/adapters/postgres/index.ts';
import { defaultPolicy } from '../../src/domain/policy/project-policy.ts';
import { freePort } from '../../src/embedded/ports.ts';
import { closedPorts } from './closed-ports.ts';
import { allOperations, at } from './all-operations.ts';
import { eventually } from '../support/eventually.ts';
import { openWorld, TARGET, WORK } from './api-world.ts';
import type { World } from './api-world.ts';

const PAGE = 'https://pages.example';
const operations = await allOperations();

let world: World;
beforeAll(async () => {
  world = await openWorld({ corsOrigins: [PAGE] });
});
afterAll(() => world.close());

describe('an address', () => {
  test.each(['/api/work', '/api/work/', '/API/Work', '/api/targets/', '/Health/'])('%s is found whatever its case and its last slash', async (url) => {
    expect((await world.get(url)).statusCode).toBe(200);
  });

  test.each(['/health', '/health/ready', '/api/work', '/api/targets', '/api/openapi.json'])('%s answers HEAD like GET, without body', async (url) => {
    await eventually(async () => {
      const answer = await world.request('HEAD', url);
      expect([answer.statusCode, answer.body]).toEqual([200, '']);
    });
  });

  test.each([
    ['GET', '/api/nothing'],
    ['GET', '/nothing'],
    ['GET', '/'],
    ['PUT', '/api/work'],
    ['DELETE', '/api/work/7d9a0a3e-1111-4222-8333-444455556666'],
    ['POST', '/health'],
  ] as const)('%s %s does not exist', async (method, url) => {
    const answer = await world.request(method, url, { headers: { 'content-type': 'application/json' } });

    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'NOT_FOUND', error: expect.stringContaining(method) });
  });

  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

  test.each([...new Set(operations.map(({ path }) => path))])('%s knows the methods of the document, HEAD beside GET, and no other', async (path) => {
    const url = at(path);
    // `/api/work/batch` could be an item of that name as well.
    const known = operations.filter((operation) => new RegExp(`^${at(operation.path, '[^/]+')}$`, 'u').test(url)).map(({ method }) => method as string);
    const answers = await eventually(async () => {
      const all = await Promise.all(METHODS.map((method) => world.request(method, url)));
      for (const answer of all) expect(answer.statusCode).toBeLessThan(500);
      return all;
    });

    const unknown = METHODS.filter((method, index) => answers[index]?.body.includes(`There is no ${method} ${url}.`));
    expect(unknown).toEqual(METHODS.filter((method) => !known.includes(method === 'HEAD' ? 'GET' : method)));
    const [get, head] = answers;
    expect(head?.statusCode).toBe(get?.statusCode);
    if (known.includes('GET')) expect(head?.body).toBe('');
  });

  test.each(operations)('$method $path is told to the pages that may use it, and so is every other', async ({ method, path }) => {
    const answer = await world.request('OPTIONS', at(path), { headers: { origin: PAGE, 'access-control-request-method': method } });

    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': PAGE, 'access-control-allow-methods': expect.stringContaining(method) });
  });

  test.each(['GET', 'DELETE'] as const)('%s accepts a JSON content type without body', async (method) => {
    const answer = await world.request(method, '/api/targets/nobody', { headers: { 'content-type': 'application/json' } });

    expect(answer.statusCode).toBe(404);
  });
});

describe('every answer', () => {
  test('has a request id: the caller’s own when it is harmless, else a new one', async () => {
    const given = await world.get('/health', { 'x-request-id': 'trace-1.a:b' });
    const odd = await world.get('/health', { 'x-request-id': 'a b' });

    expect(given.headers['x-request-id']).toBe('trace-1.a:b');
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('readiness', () => {
  afterEach(() => {
    world.engine.state = 'here';
    world.bus.connected = true;
  });

  test.each([
    ['everything is there', 'here', true, 'ok', 'up', 'up'],
    ['Temporal is away', 'away', true, 'degraded', 'away', 'up'],
    ['NATS is away', 'here', false, 'degraded', 'up', 'away'],
    ['both are away', 'away', false, 'degraded', 'away', 'away'],
  ] as const)('says so when %s, and stays ready', async (...[, engine, connected, status, temporal, nats]) => {
    world.engine.state = engine;
    world.bus.connected = connected;

    await eventually(async () => {
      const answer = await world.get('/health/ready');
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ status, dependencies: { postgres: 'up', temporal, nats } });
    });
  });
});

describe('without PostgreSQL', () => {
  test('the process lives, is not ready, and refuses work with 503 in bounded time', async () => {
    const ledger = createLedger({
      databaseUrl: `postgres://127.0.0.1:${String(await freePort(0))}/nobody`,
      poolMax: 2,
      defaultPolicy: defaultPolicy(1),
      defaultIdleTimeoutMs: 0,
      connectTimeoutMs: 500,
    });
    const calls: string[] = [];
    const startWork = async (): Promise<void> => {
      calls.push('startWork');
    };
    const ports = closedPorts();
    const app = buildApp({
      ...ports,
      work: ledger.work,
      targets: ledger.targets,
      idempotency: ledger.idempotency,
      audit: ledger.audit,
      projects: ledger.projects,
      tokens: ledger.tokens,
      engine: { ...ports.engine, startWork, ping: async () => true },
      bus: { isConnected: () => true, ping: () => Promise.resolve(true) },
      logger: pino({ level: 'silent' }),
    });

    const [live, ready, submitted, listed, registered] = await Promise.all([
      app.inject('/health/live'),
      app.inject('/health/ready'),
      app.inject({ method: 'POST', url: '/api/work', payload: WORK }),
      app.inject('/api/work'),
      app.inject({ method: 'POST', url: '/api/targets', payload: TARGET }),
    ]);
    await Promise.all([app.close(), ledger.close()]);

    expect([live.statusCode, ready.statusCode, ready.json()]).toEqual([200, 503, expect.objectContaining({ status: 'unavailable' })]);
    for (const answer of [submitted, listed, registered]) {
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBe('2');
      expect(answer.json()).toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    }
    expect(calls).toEqual([]);
  });
});

describe('on a real socket', () => {
  async function exchange(port: number, bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('error', reject).on('close', () => {
        resolve(text);
      });
    });
  }

  test.each([
    ['what is not HTTP', 'hello\r\n\r\n', '400 Bad Request'],
    ['a query that is not percent-encoded', 'GET /api/work?boundary=é HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', '400 Bad Request'],
    ['a path that is not percent-encoded', 'GET /api/targets/é HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', '400 Bad Request'],
    ['headers beyond the bound', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
  ])('%s is answered in the contract’s form and cut off', async (_what, bytes, status) => {
    const app = buildApp(closedPorts());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };

    const answer = await exchange(port, bytes);
    await app.close();

    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'BAD_REQUEST', error: expect.any(String), requestId: expect.any(String) });
  });

  test('its waits are bounded', async () => {
    const app = buildApp(closedPorts());
    await app.ready();

    const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = app.server;
    await app.close();

    expect({ headersTimeout, requestTimeout, keepAliveTimeout, timeout }).toEqual({
      headersTimeout: 15_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 72_000,
      timeout: 60_000,
    });
  });
});
