import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LogChunk } from '../../src/domain/agents/log-chunk.ts';
import { logSubject } from '../../src/domain/subjects.ts';
import { eventually } from '../support/eventually.ts';
import { openLiveWorld } from './live-world.ts';
import type { LiveWorld } from './live-world.ts';
import { readStream } from './read-stream.ts';

let world: LiveWorld;

beforeAll(async () => {
  world = await openLiveWorld();
});

afterAll(() => world.close());

let seq = 0;

/** What an agent printed; arrives in the stream before anything that is asked later. */
async function print(workId: string, ...texts: string[]): Promise<void> {
  seq += 1;
  const lines = texts.map((text) => ({ stream: 'stdout' as const, text }));
  const chunk: LogChunk = { workId, guid: 'agent-1', fence: 1, seq, sentAt: new Date().toISOString(), lines, linesDropped: 0 };
  const { connection } = await world.link.whenConnected(AbortSignal.timeout(10_000));
  await connection.request(logSubject('default', workId), JSON.stringify(chunk), { timeout: 5000 });
}

function logs(id: string, query = '', headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${world.url}/api/work/${id}/logs${query}`, { headers });
}

async function settle(id: string): Promise<void> {
  await world.query(`update work_items set phase = 'completed', settled_at = now() where id = $1`, [id]);
}

test('a page has the newest lines of this item alone, in order', async () => {
  const [mine, other] = [await world.submit(), await world.submit()];
  await print(mine.id, 'one', 'two');
  await print(other.id, 'not mine');
  await print(mine.id, 'three');

  const body: unknown = await (await logs(mine.id, '?tail=2')).json();

  const line = { at: expect.any(String), agentGuid: 'agent-1', fence: 1, stream: 'stdout' };
  expect(body).toEqual({
    workItemId: mine.id,
    lines: [
      { ...line, text: 'two' },
      { ...line, text: 'three' },
    ],
    count: 2,
    truncated: true,
    linesDropped: 0,
  });
});

test('an item that printed nothing has an empty log', async () => {
  const { id } = await world.submit();

  expect(await (await logs(id)).json()).toMatchObject({ lines: [], count: 0, truncated: false });
});

test('plain text is for people', async () => {
  const { id } = await world.submit();
  await print(id, 'one', 'two');

  const answer = await logs(id, '', { accept: 'text/plain' });

  expect(answer.headers.get('content-type')).toContain('text/plain');
  expect(await answer.text()).toBe('one\ntwo\n');
});

test('a log of more than one batch is read whole', async () => {
  const { id } = await world.submit();
  for (let count = 0; count < 600; count++) await print(id, `line ${String(count)}`);

  expect(await (await logs(id, '?tail=10000')).json()).toMatchObject({ count: 600, truncated: false });
});

test('a follower gets what was printed and what is printed, and ends when the item has ended and its log is read', async () => {
  const { id } = await world.submit();
  await print(id, 'before');
  const reader = await readStream(`${world.url}/api/work/${id}/logs?follow`);
  await eventually(() => {
    expect(reader.events).toHaveLength(1);
  });

  await print(id, 'after');
  await settle(id);

  await eventually(() => {
    expect(reader.ended()).toBe(true);
  });
  expect(reader.events.map(({ event, data }) => [event, data])).toEqual([
    ['log', expect.objectContaining({ agentGuid: 'agent-1', fence: 1, lines: [{ stream: 'stdout', text: 'before' }] })],
    ['log', expect.objectContaining({ lines: [{ stream: 'stdout', text: 'after' }] })],
    ['end', { status: 'completed' }],
  ]);
});

test('a follower resumes after the last entry it has seen', async () => {
  const { id } = await world.submit();
  for (const text of ['one', 'two', 'three']) await print(id, text);
  await settle(id);
  const first = await readStream(`${world.url}/api/work/${id}/logs?follow=true`);
  await eventually(() => {
    expect(first.ended()).toBe(true);
  });

  const second = await readStream(`${world.url}/api/work/${id}/logs?follow=true`, { 'last-event-id': first.events[0]?.id ?? '' });
  await eventually(() => {
    expect(second.ended()).toBe(true);
  });

  expect(second.events).toEqual(first.events.slice(1));
});

test('text can be followed as well', async () => {
  const { id } = await world.submit();
  await print(id, 'one');
  await settle(id);

  expect(await (await logs(id, '?follow=true', { accept: 'text/plain' })).text()).toBe('one\n');
});

test('what is no log entry is left out', async () => {
  const { id } = await world.submit();
  const { connection } = await world.link.whenConnected(AbortSignal.timeout(10_000));
  await connection.request(logSubject('default', id), 'nonsense', { timeout: 5000 });
  await print(id, 'sense');

  expect(await (await logs(id)).json()).toMatchObject({ count: 1 });
});

test.each(['?tail=-1', '?tail=10001', '?tail=x', '?follow=maybe'])('%s is a bad request', async (query) => {
  const { id } = await world.submit();

  expect((await logs(id, query)).status).toBe(400);
});

test('an unknown item has no log', async () => {
  expect((await logs('2b1f5b7e-6a0e-4d5e-9a53-000000000000')).status).toBe(404);
});

test('while NATS is away there is a 503 that says so, and a follower waits', async () => {
  const { id } = await world.submit();
  await print(id, 'one');
  const reader = await readStream(`${world.url}/api/work/${id}/logs?follow`);
  await world.nats.kill9();
  await eventually(async () => {
    const answers = [await logs(id), await logs(id, '?follow')];
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    expect(await answers[0]?.json()).toMatchObject({ code: 'BUS_UNAVAILABLE' });
  });

  await world.nats.restart();
  await print(id, 'two');

  await eventually(() => {
    expect(reader.events.map(({ data }) => data['lines'])).toEqual([[{ stream: 'stdout', text: 'one' }], [{ stream: 'stdout', text: 'two' }]]);
  });
  reader.leave();
});
