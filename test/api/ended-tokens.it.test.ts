import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { connectClient, openLiveWorld } from './live-world.ts';
import type { Client, LiveWorld } from './live-world.ts';
import { readStream } from './read-stream.ts';
import type { StreamReader } from './read-stream.ts';

const OPERATOR = bearer('operator-token');
// What the documents promise, and a slow machine.
const SOON_MS = 20_000;

let world: LiveWorld;
let clients: Client[] = [];
let readers: StreamReader[] = [];

beforeAll(async () => {
  world = await openLiveWorld({ tokens: ['operator-token'] });
});

afterEach(async () => {
  for (const reader of readers) reader.leave();
  await Promise.all(clients.map((client) => client.close()));
  readers = [];
  clients = [];
});

afterAll(() => world.close());

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

interface Token {
  readonly id: string;
  readonly token: string;
}

async function makeToken(body: object = {}): Promise<Token> {
  const answer = await fetch(`${world.url}/api/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...OPERATOR },
    body: JSON.stringify({ name: randomUUID(), scopes: ['work:read'], projects: ['default'], ...body }),
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as Token;
}

/** Everything that stays open, opened with this token. */
async function openAll(token: string) {
  const { id } = await world.submit({}, OPERATOR);
  const read = async (path: string): Promise<StreamReader> => {
    const reader = await readStream(`${world.url}${path}`, bearer(token));
    readers.push(reader);
    return reader;
  };
  const client = await connectClient(world.port, { protocols: ['bearer', token] });
  clients.push(client);
  expect(await client.ask({ type: 'subscribe', topic: 'work' })).toMatchObject({ type: 'ack' });
  const streams = [await read('/api/events'), await read(`/api/work/${id}/events`), await read(`/api/work/${id}/logs?follow=true`)];
  const text = await fetch(`${world.url}/api/work/${id}/logs?follow=true`, { headers: { accept: 'text/plain', ...bearer(token) } });
  return { client, streams, text };
}

async function expectAllEnded({ client, streams, text }: Awaited<ReturnType<typeof openAll>>): Promise<void> {
  const why = 'The bearer token has expired or was revoked.';
  await eventually(() => {
    expect(client.closed()).toEqual({ code: 1008, reason: why });
    expect(streams.map(({ ended }) => ended())).toEqual([true, true, true]);
  }, SOON_MS);
  expect(client.frames.at(-1)).toMatchObject({ type: 'error', error: why });
  for (const { events } of streams) expect(events.at(-1)).toMatchObject({ event: 'error', data: { error: why } });
  expect(await text.text()).toBe(`... ${why}\n`);
}

test('revoking a token ends all that it keeps open, with the reason, and nothing of others', async () => {
  const [mine, others] = [await makeToken(), await makeToken()];
  const [ended, going, operators] = [await openAll(mine.token), await openAll(others.token), await openAll('operator-token')];

  expect((await fetch(`${world.url}/api/tokens/${mine.id}`, { method: 'DELETE', headers: OPERATOR })).status).toBe(200);

  await expectAllEnded(ended);
  const stay = [going, operators].map((open) => ({ ...open, seen: open.client.ids().length }));
  await world.record(1);
  for (const { client, streams, seen } of stay) {
    await eventually(() => {
      expect(client.ids().length).toBeGreaterThan(seen);
    });
    expect(client.closed()).toBeNull();
    expect(streams.map(({ ended: hasEnded }) => hasEnded())).toEqual([false, false, false]);
  }
});

test('a token that expires ends all that it keeps open', async () => {
  const { id, token } = await makeToken({ expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
  const open = await openAll(token);

  await world.query(`update api_tokens set expires_at = now() + interval '2 seconds' where id = $1`, [id]);

  await expectAllEnded(open);
});

test('a token that loses a project ends what tells of it', async () => {
  const { id, token } = await makeToken({ projects: ['default', 'mine'] });
  const { client, streams } = await openAll(token);

  await world.query(`update api_tokens set projects = '{default}' where id = $1`, [id]);

  const why = 'The bearer token no longer gives the right to read this.';
  await eventually(() => {
    expect(client.closed()).toEqual({ code: 1008, reason: why });
    expect(streams[0]?.events.at(-1)).toMatchObject({ event: 'error', data: { error: why } });
  }, SOON_MS);
  // These tell of an item of the project that it still reaches.
  expect(streams.slice(1).map(({ ended }) => ended())).toEqual([false, false]);
});
