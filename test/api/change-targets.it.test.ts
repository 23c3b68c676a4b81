import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Target } from '../../src/domain/targets/target.ts';
import { openWorld, TARGET } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.engine.state = 'here';
  world.engine.calls.length = 0;
  await world.query('delete from targets');
});

async function register(body: object = {}): Promise<Target> {
  const answer = await world.post('/api/targets', { ...TARGET, ...body });
  expect(answer.statusCode).toBe(201);
  return answer.json<Target>();
}

describe('an update', () => {
  const put = (id: string, payload: object, headers: Record<string, string> = {}) => world.request('PUT', `/api/targets/${id}`, { payload, headers });

  test('changes what is given, ignores what cannot be changed, and wakes the coordinator', async () => {
    const target = await register({ description: 'old', tags: ['a'] });
    world.engine.calls.length = 0;

    const answer = await put('laptop', { description: 'new', boundaries: ['personal'], name: 'x', status: 'disabled', mechanism: 'ssh', nonsense: 1 });

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ...target, description: 'new', boundaries: ['personal'], version: 2, updatedAt: expect.any(String) });
    expect(answer.headers.etag).toBe('"2"');
    expect(world.engine.calls).toEqual(['wakeCoordinator']);
  });

  test('may send back what was read: masked secrets stay as they are', async () => {
    const env = { API_KEY: 'sk-very-secret', MODE: 'slow' };
    const { id } = await register({ config: { mechanism: 'local', command: 'run', env } });
    const read = (await world.get(`/api/targets/${id}`)).json<Target>();

    const answer = await put(id, { ...read, config: { ...read.config, env: { ...(read.config['env'] as object), MODE: 'fast' } } });

    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain('sk-very-secret');
    expect(await world.ledger.targets.findPlace(id)).toMatchObject({ config: { local: { command: 'run', env: { API_KEY: 'sk-very-secret', MODE: 'fast' } } } });
  });

  test.each([
    ['a header', {}, { 'if-match': '"1"' }],
    ['the body', { version: 1 }, {}],
  ])('of a version that is no more is refused: %s', async (_where, body, headers) => {
    await register();
    await put('laptop', { description: 'theirs' });

    const answer = await put('laptop', { description: 'mine', ...body }, headers);

    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'CONFLICT', details: { version: 2 } });
    expect((await world.get('/api/targets/laptop')).json()).toMatchObject({ description: 'theirs' });
  });

  test('of the version that was read is taken', async () => {
    await register();
    const etag = (await world.get('/api/targets/laptop')).headers.etag ?? '';

    expect((await put('laptop', { tags: [] }, { 'if-match': etag })).statusCode).toBe(200);
    expect((await put('laptop', { tags: ['b'] }, { 'if-match': '*' })).statusCode).toBe(200);
    expect((await put('laptop', { tags: ['c'] }, { 'if-match': 'nonsense' })).statusCode).toBe(400);
  });

  test.each([
    ['a merged configuration that is none', { config: { args: 'x' } }],
    ['another mechanism', { config: { mechanism: 'ssh' } }],
    ['a mask without a secret behind it', { config: { env: { A: '***' } } }],
    ['no capability', { capabilities: [] }],
  ])('with %s is refused and changes nothing', async (_what, body) => {
    const target = await register({ config: { mechanism: 'local', command: 'true' } });

    expect((await put('laptop', body)).statusCode).toBe(400);
    expect((await world.get('/api/targets/laptop')).json()).toEqual(target);
  });

  test('of what is not there is a 404', async () => {
    expect((await put('nobody', { description: 'x' })).statusCode).toBe(404);
  });
});

describe('switching', () => {
  const bodiless = { 'content-type': 'application/json' };

  test('off and on, as often as one likes, with an empty body', async () => {
    const { id } = await register();
    const states: unknown[] = [];

    for (const action of ['disable', 'disable', 'enable', 'enable']) {
      const answer = await world.post(`/api/targets/${action.startsWith('d') ? id : 'laptop'}/${action}`, undefined, bodiless);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({ success: true, message: expect.stringContaining('laptop') });
      states.push((await world.get(`/api/targets/${id}`)).json<Target>().status);
    }

    expect(states).toEqual(['disabled', 'disabled', 'available', 'available']);
    expect(world.engine.calls.filter((call) => call === 'wakeCoordinator')).toHaveLength(5);
  });

  test('keeps the reason', async () => {
    await register();

    await world.post('/api/targets/laptop/disable', { reason: 'maintenance' });

    expect((await world.get('/api/targets/laptop')).json()).toMatchObject({ status: 'disabled', disabledReason: 'maintenance' });
  });

  test.each(['enable', 'disable'])('%s of what is not there is a 404', async (action) => {
    expect((await world.post(`/api/targets/nobody/${action}`)).statusCode).toBe(404);
  });
});

describe('disabling many', () => {
  const disable = (body: object) => world.post('/api/targets/disable-batch', body);

  test('by id or name says what became of each', async () => {
    const first = await register({ name: 'first' });
    await register({ name: 'second' });
    await world.post('/api/targets/second/disable');

    const answer = await disable({ targetIds: [first.id, 'second', 'nobody', 'second'], preventSpinUp: true });

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      success: [first.id, 'second'],
      failed: ['nobody'],
      count: 2,
      errors: { nobody: 'Target not found' },
      errorCodes: { nobody: 'NOT_FOUND' },
      completedAt: expect.any(String),
      totalProcessed: 3,
      successRate: expect.closeTo(66.67, 2),
      disabledTargets: [first.id],
      alreadyDisabled: ['second'],
    });
    expect((await world.get('/api/targets/first')).json()).toMatchObject({ status: 'disabled' });
  });

  test.each([
    [{ filter: { agentType: 'copilot-cli' } }, ['b']],
    [{ filter: { mechanism: 'ssh' } }, ['c']],
    [{ filter: { status: 'available', agentType: 'claude-code' } }, ['a', 'c']],
    [{ filter: {} }, ['a', 'b', 'c']],
    [{ filter: {}, projectId: 'elsewhere' }, []],
  ])('by %j touches those and no others', async (body, expected) => {
    await register({ name: 'a' });
    await register({ name: 'b', agentType: 'copilot-cli' });
    await register({ name: 'c', mechanism: 'ssh', config: { host: 'h' } });

    const answer = await disable(body);

    expect(answer.json()).toMatchObject({ count: expected.length, failed: [] });
    const disabled = (await world.get('/api/targets?status=disabled')).json<{ targets: Target[] }>().targets.map(({ name }) => name);
    expect(disabled.toSorted()).toEqual(expected);
  });

  test('of none has nothing to do', async () => {
    expect((await disable({ targetIds: [] })).json()).toMatchObject({ count: 0, totalProcessed: 0, successRate: 0, success: [], failed: [] });
  });

  test.each([[{}], [{ projectId: 'default' }]])('%j names nothing', async (body) => {
    const answer = await disable(body);

    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ message: string }>().message).toContain('Either filter or targetIds must be provided');
  });

  test.each([
    [{ targetIds: 'all' }],
    [{ targetIds: [''] }],
    [{ targetIds: Array.from({ length: 1001 }, (_, index) => String(index)) }],
    [{ filter: { status: 'gone' } }],
    [{ filter: { mechanism: 'telepathy' } }],
  ])('refuses a malformed one', async (body) => {
    expect((await disable(body)).statusCode).toBe(400);
  });
});

describe('a target that is to be looked at by itself', () => {
  const schedules = () => world.engine.calls.filter((call) => call.includes('HealthSchedule'));

  test('is looked at for as long as it is enabled, at the interval that it names', async () => {
    const { id } = await register({ healthCheck: { enabled: true, intervalMs: 1500 } });
    await world.request('PUT', '/api/targets/laptop', { payload: { healthCheck: { intervalMs: 60_000 } } });
    await world.post('/api/targets/laptop/disable', {});
    await world.post('/api/targets/laptop/enable', {});
    await world.request('DELETE', '/api/targets/laptop');

    expect(schedules()).toEqual([
      `setHealthSchedule ${id} 2000`,
      `setHealthSchedule ${id} 60000`,
      `removeHealthSchedule ${id}`,
      `setHealthSchedule ${id} 60000`,
      `removeHealthSchedule ${id}`,
    ]);
  });

  test('is changed all the same while Temporal is away', async () => {
    world.engine.state = 'away';

    await register({ healthCheck: { enabled: true } });

    expect((await world.get('/api/targets/laptop')).json()).toMatchObject({ healthCheck: { enabled: true, intervalMs: 300_000, timeoutMs: 10_000 } });
  });

  test('and one that is not, costs nothing', async () => {
    await register();
    await world.post('/api/targets/laptop/disable', {});

    expect(schedules()).toEqual([]);
  });
});

describe('a test of a target', () => {
  const testOf = (id: string) => world.post(`/api/targets/${id}/test`, undefined, { 'content-type': 'application/json' });

  test('asks its host, answers in both shapes, and keeps what was found', async () => {
    const { id } = await register({ healthCheck: { enabled: true, timeoutMs: 3000 } });
    world.engine.probeAnswer = { healthy: false, error: 'no such program' };
    const sick = await testOf('laptop');
    const kept = (await world.get('/api/targets/laptop')).json<Target>();
    world.engine.probeAnswer = { healthy: true };
    const well = await testOf(id);

    expect(world.engine.calls).toContain(`probeTarget ${id} test-host 3000`);
    expect(sick.json()).toEqual({
      healthy: false,
      error: 'no such program',
      latencyMs: expect.any(Number),
      responseTimeMs: expect.any(Number),
      targetId: id,
      targetName: 'laptop',
      timestamp: expect.any(String),
    });
    expect(kept).toMatchObject({ status: 'error', healthStatus: 'unhealthy', lastError: 'no such program', lastHealthCheck: expect.any(String) });
    expect(well.json()).toMatchObject({ healthy: true });
    expect(well.json<{ latencyMs: number }>().latencyMs).toBeGreaterThanOrEqual(1);
    expect((await world.get('/api/targets/laptop')).json()).toMatchObject({ status: 'available', healthStatus: 'healthy' });
  });

  test('on a host that is stopped says so, and is nothing that its health suffers from', async () => {
    await register();
    await world.ledger.sessions.closeHost('test-host');

    const answer = await testOf('laptop');

    expect(answer.json()).toMatchObject({ healthy: false, error: 'Its host "test-host" is stopped.' });
    expect((await world.get('/api/targets/laptop')).json()).toMatchObject({ status: 'available', healthStatus: 'unknown' });
    await world.ledger.sessions.openHost('test-host');
  });

  test('that nobody answers is unhealthy', async () => {
    await register({ healthCheck: { enabled: false, timeoutMs: 600_000 } });
    world.engine.probeAnswer = 'no-answer';

    expect((await testOf('laptop')).json()).toMatchObject({ healthy: false, error: expect.stringContaining('15000 ms') });
  });

  test.each([
    ['ssh', { host: 'h' }],
    ['kubernetes', { mechanism: 'kubernetes' }],
  ])('of a mechanism that cannot start (%s) says so without asking anybody', async (mechanism, config) => {
    await register({ mechanism, config });

    const answer = await testOf('laptop');

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ healthy: false, error: expect.stringContaining(`"${mechanism}"`) });
    expect(world.engine.calls.filter((call) => call.startsWith('probeTarget'))).toEqual([]);
  });

  test('is an error while Temporal is away, and says nothing about the target', async () => {
    await register();
    world.engine.state = 'away';

    expect((await testOf('laptop')).statusCode).toBe(503);
    expect((await world.get('/api/targets/laptop')).json()).toMatchObject({ status: 'available', healthStatus: 'unknown' });
  });

  test('of what is not there is a 404', async () => {
    expect((await testOf('nobody')).statusCode).toBe(404);
  });
});
