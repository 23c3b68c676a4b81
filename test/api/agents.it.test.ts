import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Agent } from '../../src/domain/agents/agent.ts';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';
import { startedAgent } from './started-agent.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.registry.clear();
  await world.query('delete from sessions');
});

interface List {
  readonly agents: Agent[];
  readonly count: number;
  readonly total: number;
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
  readonly prevCursor: string | null;
}

async function list(query = ''): Promise<List> {
  const answer = await world.get(`/api/agents${query}`);
  expect(answer.statusCode).toBe(200);
  return answer.json<List>();
}

async function guidsOf(query = ''): Promise<string[]> {
  return (await list(query)).agents.map(({ guid }) => guid);
}

describe('the list of agents', () => {
  test('is empty when there are none', async () => {
    expect(await list()).toEqual({ agents: [], count: 0, total: 0, hasMore: false, nextCursor: null, prevCursor: null });
  });

  test('shows agents of all projects and dialects in one listing, each with its project', async () => {
    world.registry.put('b', { handle: 'warp', agentType: 'developer', projectId: 'c71ae325d740a901', scope: 'private', natsUrl: 'nats://u:hunter2@h' });
    world.registry.put('a', { handle: 'bare' });

    const found = await world.get('/api/agents');

    expect(found.json<List>().agents).toMatchObject([
      { guid: 'a', handle: 'bare', agentType: 'claude-code', projectId: 'default', capabilities: [], currentTaskCount: 0 },
      { guid: 'b', agentType: 'developer', projectId: 'c71ae325d740a901', visibility: 'private' },
    ]);
    expect(found.body).not.toContain('hunter2');
  });

  test('shows who is silent for 180 s as offline', async () => {
    const at = (ageMs: number): string => new Date(Date.now() - ageMs).toISOString();
    world.registry.put('alive', { status: 'busy', lastHeartbeat: at(100_000) });
    world.registry.put('silent', { status: 'busy', lastHeartbeat: at(181_000) });
    world.registry.put('left', { status: 'offline', lastHeartbeat: at(1000) });

    expect((await list()).agents.map(({ guid, status }) => [guid, status])).toEqual([
      ['alive', 'busy'],
      ['left', 'offline'],
      ['silent', 'offline'],
    ]);
    expect(await guidsOf('?status=offline')).toEqual(['left', 'silent']);
  });

  test('really filters by type, status, capability and project', async () => {
    world.registry.put('a', { agentType: 'copilot-cli', capabilities: ['build'], status: 'busy', projectId: 'one' });
    world.registry.put('b', { agentType: 'claude-code', capabilities: ['build', 'test'], projectId: 'two' });

    expect(await guidsOf('?type=copilot-cli')).toEqual(['a']);
    expect(await guidsOf('?status=online')).toEqual(['b']);
    expect(await guidsOf('?capability=test')).toEqual(['b']);
    expect(await guidsOf('?capability=build&projectId=one')).toEqual(['a']);
    expect(await guidsOf('?type=nobody')).toEqual([]);
    expect((await world.get('/api/agents?status=asleep')).statusCode).toBe(400);
  });

  test('pages forwards and backwards by GUID while agents come and go', async () => {
    for (const guid of ['b', 'd', 'f', 'h']) world.registry.put(guid, {});

    const first = await list('?limit=2');
    world.registry.put('a', {});
    world.registry.put('e', {});
    const second = await list(`?cursor=${first.nextCursor ?? ''}`);
    const back = await list(`?cursor=${second.prevCursor ?? ''}`);

    expect([first, second, back].map(({ agents }) => agents.map(({ guid }) => guid).join(''))).toEqual(['bd', 'ef', 'bd']);
    expect([first.total, second.total, second.hasMore, back.hasMore]).toEqual([4, 6, true, true]);
    expect((await list(`?limit=2&cursor=${back.prevCursor ?? ''}`)).agents.map(({ guid }) => guid)).toEqual(['a']);
    expect((await world.get(`/api/agents?status=busy&cursor=${first.nextCursor ?? ''}`)).json<{ message: string }>().message).toContain('filter mismatch');
  });

  test('shows everybody to a client that cannot page', async () => {
    for (let number = 0; number < 120; number++) world.registry.put(randomUUID(), {});

    expect(await list()).toMatchObject({ count: 120, total: 120, hasMore: false, nextCursor: null });
  });
});

describe('an agent that we started', () => {
  test('is listed once it has registered, with the state that the ledger knows', async () => {
    const starting = await startedAgent(world, { state: 'starting' });
    const busy = await startedAgent(world, { state: 'busy' });
    world.registry.put(busy, { status: 'online', hostname: 'laptop', projectId: 'elsewhere', capabilities: ['admin'], spindownAfterIdleMs: 600_000 });

    expect((await list()).agents).toMatchObject([
      { guid: busy, status: 'busy', currentTaskCount: 1, hostname: 'laptop', projectId: 'default', capabilities: ['build'], spindownAfterIdleMs: 0 },
    ]);
    expect((await world.get(`/api/agents/${starting}`)).statusCode).toBe(404);
  });

  test('is offline when it is gone, though its last entry says something else, and can still be looked at', async () => {
    const forgotten = await startedAgent(world, { state: 'gone' });
    const gone = await startedAgent(world, { state: 'gone' });
    world.registry.put(gone, { status: 'busy', currentTaskCount: 1 });

    expect((await list()).agents).toMatchObject([{ guid: gone, status: 'offline', currentTaskCount: 0 }]);
    for (const guid of [gone, forgotten]) expect((await world.get(`/api/agents/${guid}`)).json()).toMatchObject({ guid, status: 'offline' });
  });
});

describe('one agent', () => {
  test('is found by whatever GUID it has', async () => {
    world.registry.put('7450bb17b13fe31b88fe8c297db12992', { handle: 'warp' });
    world.registry.put('test-agent-1', { handle: 'script' });

    expect((await world.get('/api/agents/7450bb17b13fe31b88fe8c297db12992')).json()).toMatchObject({ handle: 'warp' });
    expect((await world.get('/api/agents/test-agent-1')).json()).toMatchObject({ handle: 'script' });
  });

  test.each(['nobody', '..%2F..%2Fetc', 'a.b', '*', 'x'.repeat(2000), '__proto__'])('that is not there is not found: %s', async (guid) => {
    expect((await world.get(`/api/agents/${guid}`)).statusCode).toBe(404);
  });
});
