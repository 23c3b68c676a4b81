import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connectClient, openLiveWorld } from '../live-world.ts';
import type { LiveWorld } from '../live-world.ts';

interface Refusal {
  readonly status: number | undefined;
  readonly text: string;
  readonly closed: boolean;
}

/** What comes of an upgrade that is refused. */
function refusal(port: number, path: string, headers: Record<string, string> = {}): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const asked = request({
      port,
      path,
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers },
    });
    asked.on('upgrade', (_answer, socket) => {
      socket.destroy();
      reject(new Error('it was upgraded'));
    });
    asked.on('error', reject);
    asked.on('response', (answer: IncomingMessage) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('close', () => {
        resolve({ status: answer.statusCode, text, closed: answer.headers.connection === 'close' });
      });
    });
    asked.end();
  });
}

describe('with tokens', () => {
  let world: LiveWorld;
  beforeAll(async () => {
    world = await openLiveWorld({ tokens: ['first-token'] });
  });
  afterAll(() => world.close());

  test.each([
    ['no token', { path: '/api/ws' }, 'No token provided'],
    ['an unknown token in the query', { path: '/api/ws?token=nobody' }, 'Invalid token'],
    ['an empty token in the query', { path: '/api/ws?token=' }, 'Invalid token'],
    ['two tokens in the query', { path: '/api/ws?token=first-token&token=first-token' }, 'Invalid token'],
    ['an unknown token among the subprotocols', { headers: { 'sec-websocket-protocol': 'bearer, nobody' } }, 'Invalid token'],
    ['an unknown token in the query beside a good one', { path: '/api/ws?token=nobody', headers: { authorization: 'Bearer first-token' } }, 'Invalid token'],
    ['an unknown token in the header', { headers: { authorization: 'Bearer nobody' } }, 'Invalid token'],
  ])('%s is refused', async (_what, { path = '/api/ws', headers = {} }: { path?: string; headers?: Record<string, string> }, text) => {
    expect(await refusal(world.port, path, headers)).toEqual({ status: 401, text, closed: true });
  });

  test.each([
    ['in the query', { path: '/api/ws?token=first-token' }, ''],
    ['among the subprotocols', { protocols: ['bearer', 'first-token'] }, 'bearer'],
    ['in the header', { headers: { authorization: 'bearer first-token' } }, ''],
  ])('a token %s opens it', async (_where, options, protocol) => {
    const client = await connectClient(world.port, options);

    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(client.socket.protocol).toBe(protocol);
    await client.close();
  });

  test('a page of another origin with a token may connect', async () => {
    const client = await connectClient(world.port, { path: '/api/ws?token=first-token', headers: { origin: 'https://dashboard.example' } });

    await client.close();
  });

  test.each(['/', '/api', '/api/ws/', '/api/wss', '/API/WS', '/api/work?token=first-token', '/api/nothing'])('an upgrade at %s is refused', async (path) => {
    expect(await refusal(world.port, path)).toEqual({ status: 400, text: 'Bad Request', closed: true });
  });

  test('a plain request is told what it takes', async () => {
    const [unknown, known] = await Promise.all([
      fetch(`${world.url}/api/ws`),
      fetch(`${world.url}/api/ws`, { headers: { authorization: 'Bearer first-token' } }),
    ]);

    expect(unknown.status).toBe(401);
    expect(known.status).toBe(426);
    expect(await known.json()).toMatchObject({ code: 'UPGRADE_REQUIRED' });
  });
});

describe('without tokens', () => {
  let world: LiveWorld;
  beforeAll(async () => {
    world = await openLiveWorld();
  });
  afterAll(() => world.close());

  test.each([
    ['another site', 'https://evil.example'],
    ['another port of this machine', 'http://127.0.0.1:9'],
    ['a sandboxed frame', 'null'],
  ])('a page of %s is refused', async (_whose, origin) => {
    expect(await refusal(world.port, '/api/ws', { origin })).toEqual({ status: 403, text: 'Foreign origin', closed: true });
  });

  test('a foreign name for this machine is refused', async () => {
    expect((await refusal(world.port, '/api/ws', { host: 'evil.example' })).status).toBe(403);
  });

  test('a page of this server itself may connect', async () => {
    const client = await connectClient(world.port, { headers: { origin: world.url } });

    await client.close();
  });

  test('a client that offers a token although none is needed is let in', async () => {
    const client = await connectClient(world.port, { protocols: ['bearer', 'anything'] });

    expect(client.socket.protocol).toBe('bearer');
    await client.close();
  });
});
