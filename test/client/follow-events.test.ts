import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { answerOf, createClient } from '../../client/create-client.ts';
import { followEvents } from '../../client/follow-events.ts';
import type { Following } from '../../client/follow-events.ts';

type Reply = (response: ServerResponse) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  jest.useRealTimers();
  for (const close of closing.splice(0)) close();
});

/** A server that gives these replies in turn, and then is away. */
async function serve(...replies: readonly Reply[]): Promise<{ baseUrl: string; seen: IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers, socket }, response) => {
    seen.push(headers);
    const reply = replies[seen.length - 1];
    if (reply === undefined) socket.destroy();
    else reply(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, seen };
}

/** Sends these parts of a stream, and leaves it open. */
function stream(...parts: readonly string[]): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const part of parts) response.write(part);
  };
}

function thenBreak(reply: Reply): Reply {
  return (response) => {
    reply(response);
    setTimeout(() => response.socket?.destroy(), 20);
  };
}

function thenEnd(reply: Reply): Reply {
  return (response) => {
    reply(response);
    response.end();
  };
}

function refusal(status: number, code: string): Reply {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: 'no', message: 'no', code, requestId: 'r' }));
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  await delay(5);
}

const event = (id: number): string => `id: ${String(id)}\nevent: work:progress\ndata: {"n":${String(id)}}\n\n`;

interface Wish extends Partial<Following> {
  readonly baseUrl: string;
  readonly timeoutMs?: number;
}

function follow({ baseUrl, timeoutMs = 5000, signal = new AbortController().signal, ...limits }: Wish) {
  const client = createClient({ baseUrl, signal, timeoutMs, retriesMax: 0 });
  return followEvents({ open: (call) => answerOf(client.GET('/api/events', { ...call })), signal, retryMs: 1, ...limits });
}

/** Reads so many events and leaves. */
async function take(count: number, wish: Wish): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const { data } of follow(wish)) {
    taken.push(data);
    if (taken.length === count) break;
  }
  return taken;
}

test.each([
  ['breaks', thenBreak],
  ['ends', thenEnd],
])('a stream that %s goes on after the last event', async (_how, then) => {
  const { baseUrl, seen } = await serve(then(stream('retry: 1000\n\n', event(1), event(2).slice(0, 9), event(2).slice(9))), stream(event(3)));

  expect(await take(3, { baseUrl })).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(seen.map(({ accept, 'last-event-id': id }) => [accept, id])).toEqual([
    ['text/event-stream', undefined],
    ['text/event-stream', '2'],
  ]);
});

test('a stream that breaks before its first event goes on from where it began', async () => {
  const { baseUrl, seen } = await serve(thenBreak(stream('retry: 1000\nid: 41\n\n')), stream(event(42)));

  await take(1, { baseUrl });

  expect(seen[1]?.['last-event-id']).toBe('41');
});

test('a server that says nothing for too long is asked again', async () => {
  jest.useFakeTimers();
  const { baseUrl } = await serve(stream(event(1)), stream(event(2)));
  const events = follow({ baseUrl, silenceMsMax: 200 });
  expect(await events.next()).toMatchObject({ value: { data: { n: 1 } } });

  const next = events.next();
  jest.advanceTimersByTime(200);

  expect(await next).toMatchObject({ value: { data: { n: 2 } } });
});

test('a stream may last longer than a call', async () => {
  jest.useFakeTimers();
  const { baseUrl, seen } = await serve((response) => {
    stream(event(1))(response);
    setTimeout(() => response.write(event(2)), 400);
  });
  const events = follow({ baseUrl, timeoutMs: 200 });
  expect(await events.next()).toMatchObject({ value: { data: { n: 1 } } });

  const next = events.next();
  jest.advanceTimersByTime(400);

  expect(await next).toMatchObject({ value: { data: { n: 2 } } });
  expect(seen).toHaveLength(1);
});

test('a server that is away for a while is waited for', async () => {
  const { baseUrl } = await serve(thenEnd(stream(event(1))), refusal(503, 'BUS_UNAVAILABLE'), (response) => response.socket?.destroy(), stream(event(2)));

  expect(await take(2, { baseUrl })).toEqual([{ n: 1 }, { n: 2 }]);
});

test('who follows is heard when they have had enough, however long nothing came and whatever memory was freed meanwhile', async () => {
  const { baseUrl } = await serve(stream(event(1)));
  const enough = new AbortController();
  const events = follow({ baseUrl, signal: enough.signal });
  expect(await events.next()).toMatchObject({ value: { data: { n: 1 } } });
  const ended = events.next();
  for (let round = 0; round < 3; round++) await collectGarbage();

  enough.abort();

  await expect(ended).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

describe('following fails when', () => {
  test.each([
    ['there is nothing to begin with', [refusal(503, 'BUS_UNAVAILABLE')], 'BUS_UNAVAILABLE'],
    ['it is refused later', [thenEnd(stream(event(1))), refusal(401, 'UNAUTHORIZED')], 'UNAUTHORIZED'],
    ['the server stays away', [thenEnd(stream(event(1)))], 'UNREACHABLE'],
    ['what comes is not from Weft', [stream('data: {oops\n\n')], 'NOT_WEFT'],
  ])('%s', async (_when, replies, code) => {
    const { baseUrl } = await serve(...replies);

    await expect(take(2, { baseUrl, awayMsMax: code === 'UNREACHABLE' ? 300 : 30_000 })).rejects.toMatchObject({ name: 'ApiError', code });
  });
});

test('the caller ends it at once', async () => {
  const { baseUrl } = await serve(stream(event(1)));
  const interrupt = new AbortController();
  const events = follow({ baseUrl, signal: interrupt.signal });
  await events.next();

  const next = events.next();
  interrupt.abort();

  await expect(next).rejects.toMatchObject({ code: 'INTERRUPTED' });
});
