import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { answerOf, createClient } from '../../client/create-client.ts';
import { eventually } from '../support/eventually.ts';
import type { ClientOptions, WeftClient } from '../../client/create-client.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Reply = (response: ServerResponse) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that gives these replies in turn, the last one again and again. */
async function serve(...replies: readonly Reply[]): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', authorization: request.headers.authorization, body });
      (replies[seen.length - 1] ?? replies.at(-1))?.(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, seen };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return (response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const away = json(503, { error: 'away', message: 'PostgreSQL is away.', code: 'LEDGER_UNAVAILABLE', requestId: 'r' }, { 'retry-after': '2' });
const alive = json(200, { status: 'ok' });

/** A client that writes down how long it would wait instead of waiting. */
function patient(options: ClientOptions): { client: WeftClient; waits: number[] } {
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
  };
  return { client: createClient({ ...options, wait }), waits };
}

const submission = { boundary: 'personal', capability: 'build', description: 'Build it.' };

test('a call goes to the base address, with its path prefix and the token, and resolves with the body', async () => {
  const { baseUrl, seen } = await serve(json(200, { id: 'x' }));
  const client = createClient({ baseUrl: `${baseUrl}/prefix/`, token: 'secret' });

  const item = await answerOf(client.GET('/api/work/{id}', { params: { path: { id: 'a/b?c' } } }));

  expect(item).toEqual({ id: 'x' });
  expect(seen).toEqual([{ method: 'GET', url: '/prefix/api/work/a%2Fb%3Fc', authorization: 'Bearer secret', body: '' }]);
});

test('a refusal is thrown with its code, status, details and request id', async () => {
  const body = { error: 'No.', message: 'No.', code: 'CONFLICT', details: { name: 'laptop' }, requestId: 'r-1' };
  const { baseUrl } = await serve(json(409, body));

  await expect(answerOf(createClient({ baseUrl }).GET('/health'))).rejects.toMatchObject({
    name: 'ApiError',
    code: 'CONFLICT',
    message: 'No.',
    status: 409,
    details: { name: 'laptop' },
    requestId: 'r-1',
  });
});

describe('while the server is away for a moment', () => {
  test('what may be repeated is repeated, after the wait that the server asks for', async () => {
    const { baseUrl, seen } = await serve(away, away, alive);
    const { client, waits } = patient({ baseUrl });

    await expect(answerOf(client.GET('/health'))).resolves.toEqual({ status: 'ok' });
    expect([seen.length, waits]).toEqual([3, [2000, 2000]]);
  });

  test('a submit with an Idempotency-Key is repeated with the same body', async () => {
    const { baseUrl, seen } = await serve(away, json(201, { id: 'x' }));
    const { client } = patient({ baseUrl });

    await answerOf(client.POST('/api/work', { params: { header: { 'idempotency-key': 'k' } }, body: submission }));

    expect(seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([submission, submission]);
  });

  test('a submit without one is not', async () => {
    const { baseUrl, seen } = await serve(away, json(201, { id: 'x' }));
    const { client } = patient({ baseUrl });

    await expect(answerOf(client.POST('/api/work', { body: submission }))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE', status: 503 });
    expect(seen).toHaveLength(1);
  });

  test('it gives up after the repeats that it was allowed', async () => {
    const { baseUrl, seen } = await serve(away);
    const { client } = patient({ baseUrl, retriesMax: 2 });

    await expect(answerOf(client.GET('/health'))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    expect(seen).toHaveLength(3);
  });

  test.each([
    ['100000', 10_000],
    ['soon', 1000],
    ['-5', 1000],
  ])('a Retry-After of "%s" makes it wait %i ms', async (retryAfter, ms) => {
    const { baseUrl } = await serve(json(503, {}, { 'retry-after': retryAfter }), alive);
    const { client, waits } = patient({ baseUrl });

    await answerOf(client.GET('/health'));

    expect(waits).toEqual([ms]);
  });
});

describe('without an answer of Weft, the reason is told:', () => {
  test.each<[what: string, code: string, reply: Reply]>([
    ['nothing comes in time', 'TIMED_OUT', () => undefined],
    ['the body does not end in time', 'TIMED_OUT', (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{')],
    ['the body breaks off', 'UNREACHABLE', (response) => response.writeHead(200, { 'content-length': '9' }).write('{', () => response.destroy())],
    ['a page instead of JSON', 'NOT_WEFT', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['an error page', 'NOT_WEFT', (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>')],
    ['an error of somebody else', 'NOT_WEFT', json(404, { detail: 'Not Found' })],
  ])('%s', async (_what, code, reply) => {
    const { baseUrl } = await serve(reply);
    const timeoutMs = code === 'TIMED_OUT' ? 300 : 30_000;

    await expect(answerOf(createClient({ baseUrl, timeoutMs }).GET('/health'))).rejects.toMatchObject({ name: 'ApiError', code });
  });

  test('nobody listens', async () => {
    const { baseUrl } = await serve(alive);
    for (const close of closing.splice(0)) close();

    await expect(answerOf(createClient({ baseUrl }).GET('/health'))).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`${baseUrl} cannot be reached (ECONNREFUSED)`),
    });
  });

  test('the caller has had enough, also while waiting to try again', async () => {
    const { baseUrl, seen } = await serve(json(503, {}, { 'retry-after': '9' }));
    const interrupt = new AbortController();
    const call = answerOf(createClient({ baseUrl, signal: interrupt.signal }).GET('/health'));
    const failed = expect(call).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await eventually(() => {
      expect(seen).toHaveLength(1);
    });
    interrupt.abort();

    await failed;
  });

  test.each(['', 'localhost:3000', 'ftp://localhost', 'http://'])('"%s" is no address', (baseUrl) => {
    expect(() => createClient({ baseUrl })).toThrow(expect.objectContaining({ code: 'UNREACHABLE' }));
  });
});
