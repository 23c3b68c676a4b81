import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
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
  world.engine.calls.length = 0;
  world.engine.state = 'here';
  world.bus.connected = true;
  world.bus.asked.length = 0;
  await world.query('delete from sessions');
  await world.query('delete from audit');
});

const states = () => world.query<{ state: string }>('select state from sessions').then((rows) => rows.map(({ state }) => state));
const graces = () => world.query<{ grace: number | null }>('select stop_grace_ms as grace from sessions').then((rows) => rows.map(({ grace }) => grace));
const stopped = () => world.engine.calls.filter((call) => call.startsWith('stopSession'));

describe('an agent that is asked to stop', () => {
  test('and that we started leaves the free set, and its session is told', async () => {
    const guid = await startedAgent(world, { state: 'free' });

    const answer = await world.post(`/api/agents/${guid}/shutdown`);

    expect(answer.json()).toEqual({ success: true, message: expect.stringContaining(guid), graceful: true });
    expect(await states()).toEqual(['draining']);
    expect(stopped()).toEqual([expect.stringContaining(guid)]);
    expect(world.bus.asked).toEqual([]);
    expect(await world.query(`select entity_id from audit where action = 'agent.shutdown'`)).toEqual([{ entity_id: guid }]);
  });

  test.each([
    [{ gracePeriodMs: 0 }, 0],
    [{ gracePeriodMs: 90_000 }, 90_000],
    [{}, null],
  ])('with %j keeps that time', async (body, graceMs) => {
    const guid = await startedAgent(world, { state: 'busy' });

    expect((await world.post(`/api/agents/${guid}/shutdown`, body)).statusCode).toBe(200);

    expect(await graces()).toEqual([graceMs]);
  });

  test.each([-1, 0.5, 3_600_001, '5000'])('cannot be granted %j', async (gracePeriodMs) => {
    const guid = await startedAgent(world, { state: 'free' });

    expect((await world.post(`/api/agents/${guid}/shutdown`, { gracePeriodMs })).statusCode).toBe(400);
    expect(await states()).toEqual(['free']);
  });

  test('is asked though the engine is away: the coordinator tells it later', async () => {
    const guid = await startedAgent(world, { state: 'free' });
    world.engine.state = 'away';

    expect((await world.post(`/api/agents/${guid}/shutdown`, {})).statusCode).toBe(200);
    expect(await states()).toEqual(['draining']);
  });

  test('and that is not ours is told on NATS', async () => {
    world.registry.put('foreign', { projectId: 'team' });

    const answer = await world.post('/api/agents/foreign/shutdown', { graceful: false, gracePeriodMs: 1000 });

    expect(answer.json()).toMatchObject({ success: true, graceful: false });
    expect(world.bus.asked).toEqual(['team foreign at once']);
    expect(stopped()).toEqual([]);
  });

  test('and cannot be told, because NATS is away, is not said to be', async () => {
    world.registry.put('foreign', {});
    world.bus.connected = false;

    const answer = await world.post('/api/agents/foreign/shutdown');

    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'BUS_UNAVAILABLE' });
  });

  test.each(['nobody', 'a.b', '%2F'])('must be known: %s', async (guid) => {
    expect((await world.post(`/api/agents/${guid}/shutdown`, {})).statusCode).toBe(404);
  });

  test('is out of reach for tokens of other projects and smaller scopes', async () => {
    world.registry.put('foreign', { projectId: 'team' });
    const tokenFor = async (body: object) => ({ authorization: `Bearer ${(await world.post('/api/tokens', body)).json<{ token: string }>().token}` });
    const elsewhere = await tokenFor({ name: 'elsewhere', scopes: ['agents:admin'], projects: ['other'] });
    const reader = await tokenFor({ name: 'reader', scopes: ['work:write'] });

    expect((await world.post('/api/agents/foreign/shutdown', {}, elsewhere)).statusCode).toBe(404);
    expect((await world.post('/api/agents/shutdown-batch', { agentGuids: ['foreign'] }, elsewhere)).json()).toMatchObject({ failed: ['foreign'] });
    expect((await world.post('/api/agents/shutdown-batch', { filter: {} }, elsewhere)).json()).toMatchObject({ totalProcessed: 0 });
    expect((await world.post('/api/agents/shutdown-batch', { filter: {}, projectId: 'team' }, elsewhere)).statusCode).toBe(404);
    expect((await world.post('/api/agents/foreign/shutdown', {}, reader)).statusCode).toBe(403);
    expect(world.bus.asked).toEqual([]);
  });
});

describe('a batch', () => {
  test('by filter asks those for which it holds, ours and others', async () => {
    const own = await startedAgent(world, { state: 'free' });
    world.registry.put('foreign', { capabilities: ['build'] });
    world.registry.put('other', { capabilities: ['test'] });

    const answer = await world.post('/api/agents/shutdown-batch', { filter: { status: 'idle', capability: 'build' }, reason: 'scaling-down' });

    const asked = [own, 'foreign'].sort();
    expect(answer.json()).toMatchObject({
      success: asked,
      shutdownAgents: asked,
      failed: [],
      count: 2,
      errors: {},
      totalProcessed: 2,
      successRate: 100,
      graceful: true,
    });
    expect(world.bus.asked).toEqual(['default foreign gracefully']);
    expect(stopped()).toHaveLength(1);
    expect(await states()).toEqual(['draining']);
  });

  test('grants 30 seconds unless it says otherwise', async () => {
    const guid = await startedAgent(world, { state: 'busy' });

    await world.post('/api/agents/shutdown-batch', { agentGuids: [guid] });
    expect(await graces()).toEqual([30_000]);
    await world.post('/api/agents/shutdown-batch', { agentGuids: [guid], gracePeriodMs: 2000 });
    expect(await graces()).toEqual([2000]);
  });

  test('by GUID says what became of each', async () => {
    const busy = await startedAgent(world, { state: 'busy' });
    world.registry.put('free', {});

    const answer = await world.post('/api/agents/shutdown-batch', { agentGuids: ['free', busy, 'nobody'], graceful: false });

    expect(answer.json()).toMatchObject({
      success: ['free'],
      failed: [busy, 'nobody'],
      errors: { [busy]: 'Agent currently processing work', nobody: 'Agent not found' },
      errorCodes: { [busy]: 'CONFLICT', nobody: 'NOT_FOUND' },
      count: 1,
      totalProcessed: 3,
      graceful: false,
    });
    expect(await states()).toEqual(['busy']);
    expect(stopped()).toEqual([]);
  });

  test('of nobody does nothing', async () => {
    const answer = await world.post('/api/agents/shutdown-batch', { agentGuids: [] });

    expect(answer.json()).toMatchObject({ success: [], failed: [], count: 0, totalProcessed: 0 });
  });

  test('that names nobody is refused', async () => {
    const answer = await world.post('/api/agents/shutdown-batch', {});

    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ message: string }>().message).toContain('Either filter or agentGuids must be provided');
  });
});
