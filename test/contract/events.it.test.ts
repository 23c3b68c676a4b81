import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { shuttle } from './shuttle-call.ts';

// Every event of the contract is seen by a client that speaks the contract's WebSocket, and each is caused by what it says.

const RUN_TIMEOUT_MS = 240_000;
// Not there when the product starts.
const PROJECT = 'created-later';

type Data = Readonly<Record<string, unknown>>;
interface Seen {
  readonly topic: string;
  readonly event: string;
  readonly projectId: string;
  readonly data: Data;
}

let product: Product;
let api: string;
let socket: WebSocket;
const seen: Seen[] = [];

beforeAll(async () => {
  product = createProduct('source');
  await product.start();
  api = product.ready().api;
  socket = new WebSocket(`${api.replace('http', 'ws')}/api/ws`);
  const acknowledged: unknown[] = [];
  socket.on('message', (text: Buffer) => {
    const message = JSON.parse(text.toString()) as Seen & { type: string; subscribed?: string };
    if (message.type === 'ack') acknowledged.push(message.subscribed);
    if (message.type === 'event' && message.projectId === PROJECT) seen.push(message);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  for (const topic of ['work', 'agents', 'targets']) socket.send(JSON.stringify({ type: 'subscribe', topic }));
  await eventually(() => {
    expect(acknowledged).toEqual(['work', 'agents', 'targets']);
  });
}, RUN_TIMEOUT_MS);

afterAll(async () => {
  socket.terminate();
  await product.stop();
}, RUN_TIMEOUT_MS);

function post(path: string, body?: object): ReturnType<typeof shuttle> {
  return shuttle(api, path, { method: 'POST', ...(body === undefined ? {} : { body }) });
}

/** The first event of this name with these facts; all of its data. */
function event(name: string, facts: Data = {}, timeoutMs = 60_000): Promise<Data> {
  return eventually(() => {
    const found = seen.find(({ event: type, data }) => type === name && Object.entries(facts).every(([key, value]) => data[key] === value));
    if (found === undefined) throw new Error(`No ${name} ${JSON.stringify(facts)} among ${seen.map(({ event: type }) => type).join(', ')}.`);
    expect(found.data).toEqual(expect.objectContaining({ type: name, projectId: PROJECT, timestamp: expect.any(String) }));
    return found.data;
  }, timeoutMs);
}

function addTarget(name: string, command: string, args?: readonly string[]): ReturnType<typeof shuttle> {
  return post(`/api/targets`, {
    projectId: PROJECT,
    name,
    agentType: 'claude-code',
    capabilities: [name],
    boundaries: ['open-source'],
    mechanism: 'local',
    config: { mechanism: 'local', local: { command, ...(args === undefined ? {} : { args }), workingDirectory: product.workDir } },
    limits: { agentsMax: 1, idleTimeoutMs: 1000 },
  });
}

function submit(capability: string, fields: object = {}): ReturnType<typeof shuttle> {
  return post('/api/work', { projectId: PROJECT, boundary: 'open-source', capability, description: 'x', priority: 7, ...fields });
}

test('an item that completes tells its whole life, and so does its agent', async () => {
  const script = join(product.workDir, 'completes.sh');
  writeFileSync(script, '#!/bin/sh\necho "::weft progress=40 half way"\nsleep 0.5\necho "::weft summary=all good"\n');
  chmodSync(script, 0o755);
  const { id: targetId } = await addTarget('completes', script, []);

  const { id: workId, taskId } = await submit('completes', { taskId: 'TASK-1' });

  const item = { workId, taskId };
  const target = { targetId, targetName: 'completes', agentType: 'claude-code' };
  expect(await event('target:registered')).toEqual(
    expect.objectContaining({ ...target, capabilities: ['completes'], boundaries: ['open-source'], mechanism: 'local' }),
  );
  expect(await event('work:submitted', item)).toEqual(
    expect.objectContaining({ capability: 'completes', boundary: 'open-source', priority: 7, description: 'x' }),
  );
  expect(await event('spin-up:triggered', { workId })).toEqual(
    expect.objectContaining({ targetAgentType: 'claude-code', capability: 'completes', boundary: 'open-source' }),
  );
  expect(await event('spin-up:started', { targetId })).toEqual(expect.objectContaining({ ...target, capability: 'completes', workId }));
  const { agentGuid } = await event('spin-up:completed', { targetId });
  expect(await event('spin-up:completed', { targetId })).toEqual(expect.objectContaining({ ...target, durationMs: expect.any(Number) }));
  const agent = expect.objectContaining({ guid: agentGuid, agentType: 'claude-code' });
  expect(await event('agent:registered')).toEqual(
    expect.objectContaining({ agent, capabilities: ['completes'], boundaries: ['open-source'], status: expect.any(String) }),
  );
  expect(await event('work:assigned', item)).toEqual(
    expect.objectContaining({ assignedTo: agentGuid, assignedToAgent: agent, capability: 'completes', boundary: 'open-source' }),
  );
  expect(await event('work:started', item)).toEqual(expect.objectContaining({ assignedTo: agentGuid, assignedToAgent: agent }));
  expect(await event('work:progress', item)).toEqual(expect.objectContaining({ progress: 40, assignedTo: agentGuid, assignedToAgent: agent }));
  expect(await event('work:completed', item)).toEqual(expect.objectContaining({ summary: 'all good', assignedTo: agentGuid, assignedToAgent: agent }));
  expect(await event('agent:updated')).toEqual(expect.objectContaining({ agent, newStatus: expect.any(String), currentTaskCount: expect.any(Number) }));
  expect(await event('agent:shutdown')).toEqual(expect.objectContaining({ agent, reason: 'idle-timeout', graceful: true }));
});

test('items that fail and that are cancelled say so', async () => {
  await addTarget('fails', 'false', []);

  const { id: failing } = await submit('fails', { limits: { attemptsMax: 1 } });
  const { id: waiting } = await submit('nobody-can');
  await post(`/api/work/${String(waiting)}/cancel`);

  expect(await event('work:failed', { workId: failing })).toEqual(
    expect.objectContaining({ errorMessage: expect.stringMatching(/\S/u), recoverable: expect.any(Boolean), taskId: expect.any(String) }),
  );
  expect(await event('work:cancelled', { workId: waiting })).toEqual(expect.objectContaining({ taskId: expect.any(String) }));
});

test('a start that fails says why', async () => {
  const { id: targetId } = await addTarget('cannot-start', 'true', []);
  // The runner itself cannot be started in a directory that is not there.
  await shuttle(api, `/api/targets/cannot-start?projectId=${PROJECT}`, {
    method: 'PUT',
    body: { config: { local: { command: '/no/such/program', args: [], workingDirectory: '/no/such/directory' } } },
  });

  await post(`/api/targets/cannot-start/spin-up?projectId=${PROJECT}`);

  expect(await event('spin-up:failed', { targetId })).toEqual(
    expect.objectContaining({ targetName: 'cannot-start', agentType: 'claude-code', errorMessage: expect.stringMatching(/\S/u) }),
  );
});

test('a target tells when it changes, is looked at, is disabled, and goes', async () => {
  const { id: targetId } = await addTarget('changing', 'true', []);
  const path = '/api/targets/changing';
  const at = `?projectId=${PROJECT}`;

  await post(`${path}/test${at}`);
  await post(`${path}/disable${at}`);
  await post(`${path}/enable${at}`);
  await shuttle(api, `${path}${at}`, { method: 'DELETE' });

  const target = { targetId, targetName: 'changing' };
  expect(await event('target:health-changed', { targetId })).toEqual(expect.objectContaining({ ...target, previousHealth: 'unknown', newHealth: 'healthy' }));
  expect(await event('target:disabled', { targetId })).toEqual(expect.objectContaining(target));
  expect(await event('target:updated', { targetId, newStatus: 'available' })).toEqual(expect.objectContaining({ ...target, previousStatus: 'disabled' }));
  expect(await event('target:removed', { targetId })).toEqual(expect.objectContaining(target));
});

test('topics follow the names of events, and nothing beside the nineteen reaches such a client', () => {
  const topics = new Map(seen.map(({ event: name, topic }) => [name, topic]));
  const expected = (name: string): string => (name.startsWith('work:') ? 'work' : name.startsWith('agent:') ? 'agents' : 'targets');

  expect(topics.size).toBe(19);
  for (const [name, topic] of topics) expect([name, topic]).toEqual([name, expected(name)]);
});
