import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { shuttle, shuttleCall } from './shuttle-call.ts';

// What an existing CLI, used as it is, must find here: one test for each line of its acceptance list.

const RUN_TIMEOUT_MS = 240_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;
const SENTENCE = /^[A-Z][^{}]* .*\.$/su;

let product: Product;
let nats: NatsConnection;
let api: string;

beforeAll(async () => {
  product = createProduct('source');
  await product.start();
  api = product.ready().api;
  nats = await connect({ servers: product.ready().nats });
}, RUN_TIMEOUT_MS);

afterAll(async () => {
  await nats.close();
  await product.stop();
}, RUN_TIMEOUT_MS);

function submit(boundary = 'personal', capability = 'typescript', description = 'x'): ReturnType<typeof shuttle> {
  return shuttle(api, '/api/work', { method: 'POST', body: { description, boundary, capability, priority: 5, taskId: randomUUID() } });
}

function addTarget(name: string, command: string, capability: string): ReturnType<typeof shuttleCall> {
  const body = { name, agentType: 'claude-code', capabilities: [capability], mechanism: 'local', config: { mechanism: 'local', command } };
  return shuttleCall(api, '/api/targets', { method: 'POST', body });
}

test('submit answers with one id under both names', async () => {
  const answer = await submit();

  expect(answer['id']).toMatch(UUID);
  expect(answer['workItemId']).toBe(answer['id']);
  expect(answer).toEqual(expect.objectContaining({ targetAgentType: 'claude-code', spinUpTriggered: false }));
});

test('work show has everything that is printed, as strings where strings are cut', async () => {
  const { id } = await submit();

  const item = await shuttle(api, `/api/work/${String(id)}`);

  expect(item).toEqual(
    expect.objectContaining({
      id,
      status: 'pending',
      boundary: 'personal',
      priority: 5,
      capability: 'typescript',
      description: 'x',
      attempts: 0,
      offeredBy: 'coordinator',
      taskId: expect.any(String),
      offeredAt: expect.any(String),
    }),
  );
});

test('work list filters by status, and by the boundary under its older name', async () => {
  const { id } = await submit('personal');
  const other = await submit('corporate');

  const { workItems } = await shuttle(api, '/api/work?status=pending&classification=personal');

  const ids = (workItems as { id: string }[]).map((item) => item.id);
  expect(ids).toContain(id);
  expect(ids).not.toContain(other['id']);
});

test('work cancel without a body succeeds, and the item is cancelled', async () => {
  const { id } = await submit();

  expect(await shuttle(api, `/api/work/${String(id)}/cancel`, { method: 'POST' })).toEqual(expect.objectContaining({ success: true }));
  await eventually(async () => {
    expect(await shuttle(api, `/api/work/${String(id)}`)).toEqual(expect.objectContaining({ status: 'cancelled' }));
  });
});

test('an unknown item is answered with a sentence, not with the name of a class', async () => {
  const answer = await shuttleCall(api, '/api/work/nope');

  expect(answer).toEqual({ ok: false, status: 404, printed: expect.stringMatching(SENTENCE) });
});

test('agents lists an agent that registered by itself', async () => {
  const guid = randomUUID();
  const kv = await new Kvm(nats).create('agent-registry');
  const now = new Date().toISOString();
  // As Warp 1.0 writes it: type at the top, scope instead of visibility, no counts of its own.
  const entry = { guid, handle: 'dev', agentType: 'developer', hostname: 'h', projectId: '0123456789abcdef', natsUrl: 'nats://u:p@x', username: 'u' };
  await kv.put(
    guid,
    JSON.stringify({ ...entry, capabilities: ['typescript'], scope: 'team', status: 'online', currentTaskCount: 0, registeredAt: now, lastHeartbeat: now }),
  );

  const agents = await eventually(async () => {
    const { agents: listed } = await shuttle(api, '/api/agents?capability=typescript');
    expect(listed).toContainEqual(expect.objectContaining({ guid }));
    return listed;
  });

  const agent = (agents as { guid: string }[]).find((one) => one.guid === guid);
  expect(agent).toEqual(
    expect.objectContaining({ handle: 'dev', status: 'online', agentType: 'developer', capabilities: ['typescript'], currentTaskCount: 0 }),
  );
  expect(JSON.stringify(agent)).not.toContain('u:p');
});

test('stats has the flat numbers of the table', async () => {
  await submit();

  const stats = await shuttle(api, '/api/stats');

  for (const name of ['pending', 'active', 'completed', 'failed', 'total']) expect(stats[name]).toEqual(expect.any(Number));
  expect(stats['pending']).toBeGreaterThanOrEqual(1);
  expect(stats['total']).toBeGreaterThanOrEqual(1);
  expect(await shuttle(api, '/api/stats/projects')).toEqual(
    expect.objectContaining({ projects: expect.arrayContaining(['default']), count: expect.any(Number) }),
  );
});

test('targets: add, show, start, disable, test, enable, remove', async () => {
  const file = join(product.workDir, 'f');

  const added = await addTarget('t', `touch ${file} && sleep 1`, 'c');
  expect(added).toEqual({
    ok: true,
    body: expect.objectContaining({ id: expect.stringMatching(UUID), config: expect.objectContaining({ mechanism: 'local' }) }),
  });
  expect(await shuttle(api, '/api/targets/t')).toEqual(
    expect.objectContaining({
      name: 't',
      createdAt: expect.any(String),
      registeredAt: expect.any(String),
      healthStatus: 'unknown',
      useCount: 0,
      status: 'available',
    }),
  );

  const started = await shuttle(api, '/api/targets/t/spin-up', { method: 'POST' });
  expect(started).toEqual(expect.objectContaining({ success: true, status: 'in-progress', operationId: expect.any(String), targetName: 't' }));
  await eventually(() => {
    expect(existsSync(file)).toBe(true);
  }, 30_000);

  await shuttle(api, '/api/targets/t/disable', { method: 'POST' });
  expect(await shuttleCall(api, '/api/targets/t/spin-up', { method: 'POST' })).toEqual({ ok: false, status: 409, printed: expect.stringMatching(SENTENCE) });

  expect(await shuttle(api, '/api/targets/t/test', { method: 'POST' })).toEqual(expect.objectContaining({ healthy: true, latencyMs: expect.any(Number) }));
  expect(await shuttle(api, '/api/targets/t/enable', { method: 'POST' })).toEqual(expect.objectContaining({ success: true }));
  expect(await shuttle(api, '/api/targets/t', { method: 'PUT', body: { capabilities: ['c', 'd'] } })).toEqual(
    expect.objectContaining({ capabilities: ['c', 'd'] }),
  );
  expect(await shuttle(api, '/api/targets/t', { method: 'DELETE' })).toEqual(expect.objectContaining({ success: true }));
  const gone = await shuttleCall(api, '/api/targets/t');
  expect(gone).toEqual({ ok: false, status: 404, printed: expect.stringMatching(SENTENCE) });
  expect(gone).toEqual(expect.objectContaining({ printed: expect.stringContaining(' t') }));
});

test.each([
  ['ssh', { host: 'h', user: 'root', command: 'c' }],
  ['github-actions', { repo: 'o/r', workflowFile: 'w.yml' }],
  ['webhook', { url: 'http://x' }],
  ['kubernetes', {}],
])('targets add takes the flat form of a target of the kind %s', async (mechanism, config) => {
  const body = { name: `flat-${mechanism}`, agentType: 'claude-code', capabilities: ['flat'], mechanism, config: { mechanism, ...config } };

  expect(await shuttle(api, '/api/targets', { method: 'POST', body })).toEqual(expect.objectContaining({ mechanism, config: expect.objectContaining(config) }));
});

test('a second target of one name is refused with a sentence that names it', async () => {
  await addTarget('twice', 'true', 'twice');

  expect(await addTarget('twice', 'true', 'twice')).toEqual({ ok: false, status: 409, printed: expect.stringContaining('twice') });
});

test('watch sees an item through to its summary', async () => {
  await product.registerTarget('watched', 1);
  const { id } = await submit('open-source', 'watched', 'for 2');

  const item = await eventually(async () => {
    const found = await shuttle(api, `/api/work/${String(id)}`);
    expect(found['status']).toBe('completed');
    return found;
  }, 60_000);

  expect(item['result']).toEqual(expect.objectContaining({ summary: 'done by attempt 1', completedAt: expect.any(String) }));
});

test('watch sees a failure with its text', async () => {
  await product.registerTarget('failing', 1);
  const body = { description: 'fail 9', boundary: 'open-source', capability: 'failing', taskId: randomUUID(), limits: { attemptsMax: 1 } };
  const { id } = await shuttle(api, '/api/work', { method: 'POST', body });

  const item = await eventually(async () => {
    const found = await shuttle(api, `/api/work/${String(id)}`);
    expect(found['status']).toBe('failed');
    return found;
  }, 60_000);

  expect(item['error']).toEqual(expect.objectContaining({ message: expect.stringMatching(/\S/u), recoverable: expect.any(Boolean) }));
});

test('channels read shows what an agent posted', async () => {
  const manager = await jetstreamManager(nats);
  await manager.streams.add({ name: '0123456789abcdef_PARALLEL_WORK', subjects: ['0123456789abcdef.parallel-work'] });
  const message = { handle: 'dev', message: 'hello team', timestamp: new Date().toISOString(), scope: 'team' };
  await jetstream(nats).publish('0123456789abcdef.parallel-work', JSON.stringify(message));

  const { messages } = await shuttle(api, '/api/channels/parallel-work/messages?projectId=0123456789abcdef&limit=50');

  expect(messages).toEqual([expect.objectContaining({ handle: 'dev', message: 'hello team', timestamp: message.timestamp })]);
});
