import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { eventually } from '../support/eventually.ts';
import { createProduct } from '../support/product.ts';
import type { Product } from '../support/product.ts';
import { shuttle, shuttleCall } from './shuttle-call.ts';

// What the black-box scenarios of the original ask for, in one run against one server, as it comes out of the box.

const RUN_TIMEOUT_MS = 240_000;
let product: Product;
let nats: NatsConnection;
let registry: KV;
let api: string;

beforeAll(async () => {
  product = createProduct('source');
  await product.start();
  api = product.ready().api;
  nats = await connect({ servers: product.ready().nats });
  registry = await new Kvm(nats).create('agent-registry', { history: 1 });
}, RUN_TIMEOUT_MS);

afterAll(async () => {
  await nats.close();
  await product.stop();
}, RUN_TIMEOUT_MS);

type Entry = Record<string, unknown> & { readonly guid: string };

/** An agent that registers by itself, the way those of the scenarios do. */
async function register(fields: Record<string, unknown> = {}): Promise<Entry> {
  const now = new Date().toISOString();
  const guid = randomUUID();
  const entry = {
    guid,
    handle: `agent-${guid.slice(0, 8)}`,
    agentType: 'e2e-test',
    hostname: 'h',
    projectId: 'e2e-test-project',
    natsUrl: 'nats://localhost:4222',
    capabilities: ['general'],
    scope: 'project',
    visibility: 'project-only',
    status: 'online',
    currentTaskCount: 0,
    registeredAt: now,
    lastHeartbeat: now,
    ...fields,
  };
  await registry.put(guid, JSON.stringify(entry));
  return entry;
}

async function listedAgents(): Promise<readonly Entry[]> {
  return (await shuttle(api, '/api/agents'))['agents'] as Entry[];
}

function submit(fields: object): ReturnType<typeof shuttleCall> {
  return shuttleCall(api, '/api/work', {
    method: 'POST',
    body: { description: 'Do it.', boundary: 'personal', capability: 'typescript', priority: 5, ...fields },
  });
}

test('basics: health, stats, agents and work answer at once on an empty registry', async () => {
  expect(await shuttle(api, '/health')).toEqual(expect.objectContaining({ status: 'ok', timestamp: expect.any(String) }));
  expect(await shuttle(api, '/api/agents')).toEqual(expect.objectContaining({ agents: [] }));
  expect(await shuttle(api, '/api/work')).toEqual(expect.objectContaining({ workItems: [] }));
  expect(await shuttle(api, '/api/stats')).toEqual(
    expect.objectContaining({
      timestamp: expect.any(String),
      totalProjects: expect.any(Number),
      totals: expect.objectContaining({ agents: 0, pendingWork: 0, activeWork: 0, completedWork: 0, failedWork: 0, targets: 0 }),
      byProject: expect.any(Object),
    }),
  );
});

test('basics: an agent with half an entry is listed, with what is missing filled in', async () => {
  const guid = randomUUID();
  const half = { guid, handle: 'half', agentType: 'developer', capabilities: ['typescript'], status: 'online', visibility: 'project-only' };
  await registry.put(guid, JSON.stringify({ ...half, registeredAt: new Date().toISOString() }));

  const agent = await eventually(async () => {
    const found = (await listedAgents()).find((one) => one.guid === guid);
    if (found === undefined) throw new Error('It is not listed.');
    return found;
  });

  expect(agent).toEqual(
    expect.objectContaining({
      handle: 'half',
      status: 'online',
      capabilities: ['typescript'],
      currentTaskCount: 0,
      maxConcurrentTasks: 1,
      spindownAfterIdleMs: 300_000,
      visibility: 'project-only',
      projectId: expect.any(String),
      hostname: expect.any(String),
      lastHeartbeat: expect.any(String),
      lastActivity: expect.any(String),
    }),
  );
});

test('a list survives an entry that is no JSON, one that is none of ours, and a tombstone as the last word', async () => {
  await registry.put('not-json', 'hello');
  await registry.put('stress-test', JSON.stringify({ i: 1 }));
  await registry.put('null', 'null');
  await registry.put('empty', '{}');
  const { guid } = await register();
  await registry.delete(guid);
  const last = await register();

  await eventually(async () => {
    expect((await listedAgents()).map((agent) => agent.guid)).toContain(last.guid);
  });
  const guids = (await listedAgents()).map((agent) => agent.guid);
  for (const none of [guid, 'not-json', 'stress-test', 'null', 'empty']) expect(guids).not.toContain(none);
  expect((await shuttleCall(api, '/api/stats')).ok).toBe(true);
});

test('routing: work for each boundary is accepted and waits where no agent can take it', async () => {
  await register({ capabilities: ['typescript'], metadata: { agentType: 'developer', boundaries: ['corporate'] }, agentType: undefined });
  for (const boundary of ['personal', 'corporate', 'default', 'test']) {
    const answer = await submit({ boundary, taskId: `route-${boundary}`, contextData: { testType: 'work-submission' } });
    expect(answer).toEqual({ ok: true, body: expect.objectContaining({ taskId: `route-${boundary}` }) });
  }

  const items = (await shuttle(api, '/api/work'))['workItems'] as Record<string, unknown>[];

  const routed = items.filter((item) => String(item['taskId']).startsWith('route-'));
  expect(routed).toHaveLength(4);
  expect(routed.map((item) => item['status'])).toEqual(['pending', 'pending', 'pending', 'pending']);
});

test('targets: the whole life of one, by its id', async () => {
  const body = {
    name: 'registry-target',
    agentType: 'claude-code',
    // Nobody else's: work of another test that waits for it would start an agent here.
    capabilities: ['registry-test', 'testing'],
    boundaries: ['personal', 'open-source'],
    mechanism: 'local',
    config: { mechanism: 'local', command: 'echo "test spin-up"', workingDirectory: '/tmp' },
  };

  const { id } = await shuttle(api, '/api/targets', { method: 'POST', body });
  const path = `/api/targets/${String(id)}`;

  expect(await shuttle(api, '/api/targets?capability=registry-test')).toEqual(
    expect.objectContaining({ targets: [expect.objectContaining({ id })], count: 1 }),
  );
  expect(await shuttle(api, '/api/targets?capability=cobol')).toEqual(expect.objectContaining({ targets: [] }));
  expect(await shuttle(api, path, { method: 'PUT', body: { capabilities: ['registry-other'] } })).toEqual(
    expect.objectContaining({ capabilities: ['registry-other'] }),
  );
  expect(await shuttle(api, `${path}/disable`, { method: 'POST' })).toEqual(expect.objectContaining({ success: true }));
  expect(await shuttle(api, path)).toEqual(expect.objectContaining({ status: 'disabled' }));
  expect(await shuttle(api, '/api/targets')).toEqual(expect.objectContaining({ targets: [expect.objectContaining({ id, status: 'disabled' })] }));
  expect(await shuttle(api, `${path}/enable`, { method: 'POST' })).toEqual(expect.objectContaining({ success: true }));
  expect(await shuttle(api, path)).toEqual(expect.objectContaining({ status: 'available' }));
  expect(await shuttle(api, `${path}/test`, { method: 'POST' })).toEqual(
    expect.objectContaining({ healthy: true, targetId: id, timestamp: expect.any(String) }),
  );
  expect(await shuttle(api, path, { method: 'DELETE' })).toEqual(expect.objectContaining({ success: true }));
  expect(await shuttleCall(api, path)).toEqual(expect.objectContaining({ ok: false, status: 404 }));
  expect(await shuttleCall(api, '/api/targets', { method: 'POST', body: { name: 'invalid' } })).toEqual(expect.objectContaining({ ok: false, status: 400 }));
  expect(await shuttleCall(api, '/api/targets/non-existent-target-id')).toEqual(expect.objectContaining({ ok: false, status: 404 }));
});

test('starts: one that works, one that fails at once, and three requests at the same time', async () => {
  const target = { agentType: 'claude-code', capabilities: ['spinup-test'], boundaries: ['personal'], mechanism: 'local' };
  for (const [name, command] of [
    ['starts', 'echo "Agent started" && sleep 2'],
    ['fails', 'exit 1'],
  ]) {
    await shuttle(api, '/api/targets', { method: 'POST', body: { ...target, name, config: { mechanism: 'local', command, workingDirectory: '/tmp' } } });
  }

  const first = await shuttle(api, '/api/targets/starts/spin-up', { method: 'POST' });
  const repeats = await Promise.all([1, 2, 3].map(() => shuttleCall(api, '/api/targets/starts/spin-up', { method: 'POST' })));
  const failing = await shuttle(api, '/api/targets/fails/spin-up', { method: 'POST' });

  expect(first).toEqual(expect.objectContaining({ success: true, targetId: expect.any(String), targetName: 'starts', timestamp: expect.any(String) }));
  for (const repeat of repeats) expect(repeat).toEqual({ ok: true, body: expect.objectContaining({ success: true }) });
  expect(failing).toEqual(expect.objectContaining({ status: expect.any(String) }));
  expect(await submit({ capability: 'spinup-test' })).toEqual(expect.objectContaining({ ok: true }));
});

test('tenants: agents of two projects stand in one list, each with its own project, and in the totals', async () => {
  const [one, two] = [await register({ projectId: 'project-a' }), await register({ projectId: 'project-b' })];

  await eventually(async () => {
    const agents = await listedAgents();
    expect(agents).toContainEqual(expect.objectContaining({ guid: one.guid, projectId: 'project-a' }));
    expect(agents).toContainEqual(expect.objectContaining({ guid: two.guid, projectId: 'project-b' }));
  });
  await eventually(async () => {
    const { totals } = (await shuttle(api, '/api/stats')) as { totals: { agents: number } };
    expect(totals.agents).toBeGreaterThanOrEqual(2);
  });
});

test('an agent’s heartbeat, its tasks and its leaving are seen', async () => {
  const entry = await register();
  const seen = (fields: object): Promise<void> =>
    eventually(async () => {
      expect(await shuttle(api, `/api/agents/${entry.guid}`)).toEqual(expect.objectContaining(fields));
    });
  await seen({ status: 'online', currentTaskCount: 0 });

  const lastHeartbeat = new Date().toISOString();
  await registry.put(entry.guid, JSON.stringify({ ...entry, lastHeartbeat, currentTaskCount: 1 }));
  await seen({ currentTaskCount: 1 });
  const beaten = await shuttle(api, `/api/agents/${entry.guid}`);
  expect(beaten['lastHeartbeat']).toBe(lastHeartbeat);
  await registry.put(entry.guid, JSON.stringify({ ...entry, status: 'offline', currentTaskCount: 0 }));
  await seen({ status: 'offline', currentTaskCount: 0 });
});

test('an agent whose heartbeat is minutes old can be told by it', async () => {
  const lastHeartbeat = new Date(Date.now() - 300_000).toISOString();
  const { guid } = await register({ lastHeartbeat, registeredAt: lastHeartbeat });

  await eventually(async () => {
    expect(await shuttle(api, `/api/agents/${guid}`)).toEqual(expect.objectContaining({ lastHeartbeat }));
  });
});

test('ending an agent that nobody knows is 404', async () => {
  const answer = await shuttleCall(api, '/api/agents/00000000-0000-0000-0000-000000000000/shutdown', { method: 'POST', body: { graceful: true } });

  expect(answer).toEqual(expect.objectContaining({ ok: false, status: 404 }));
});

test('targets registered quickly in the oldest form, without a config, are as many as were sent', async () => {
  const ids = [];
  for (const number of [1, 2, 3]) {
    const body = { name: `race-${String(number)}`, agentType: 'claude-code', mechanism: 'local', command: 'echo test', capabilities: ['race-test'] };
    ids.push((await shuttle(api, '/api/targets', { method: 'POST', body: { ...body, classifications: ['test'], enabled: false } }))['id']);
  }

  expect(new Set(ids).size).toBe(3);
  for (const id of ids) await shuttle(api, `/api/targets/${String(id)}`, { method: 'DELETE' });
});

test('work submitted quickly makes as many items as were sent', async () => {
  const answers = await Promise.all([1, 2, 3, 4, 5].map((number) => submit({ boundary: 'test', taskId: `race-work-${String(number)}` })));

  expect(new Set(answers.map((answer) => (answer.ok ? answer.body['id'] : answer.printed))).size).toBe(5);
});
