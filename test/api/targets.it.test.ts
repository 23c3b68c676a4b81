import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Target } from '../../src/domain/targets/target.ts';
import { HOST, openWorld, TARGET } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
}, 30_000);
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

async function innerConfig(id: string): Promise<unknown> {
  return (await world.query<{ mechanism_config: unknown }>('select mechanism_config from targets where id = $1', [id]))[0]?.mechanism_config;
}

describe('a registered target', () => {
  test('is answered with every default, can be read at once by id and by name, and wakes the coordinator', async () => {
    const target = await register({ description: 'Mine', tags: ['fast'] });

    expect(target).toMatchObject({
      name: 'laptop',
      projectId: 'default',
      boundaries: ['corporate', 'corporate-adjacent', 'personal', 'open-source'],
      status: 'available',
      healthStatus: 'unknown',
      registeredBy: 'api',
      useCount: 0,
      version: 1,
      limits: { agentsMax: 4 },
      config: TARGET.config,
    });
    for (const id of [target.id, 'laptop']) expect((await world.get(`/api/targets/${id}`)).json()).toEqual(target);
    expect(world.engine.calls).toEqual(['wakeCoordinator']);
  });

  test.each([
    ['nested', { mechanism: 'local', local: { command: 'run', args: ['a'] } }, { command: 'run', args: ['a'] }],
    ['flat', { mechanism: 'local', command: 'echo hi && sleep 2', workingDirectory: '/tmp' }, { command: 'echo hi && sleep 2', workingDirectory: '/tmp' }],
    ['without the mechanism repeated', { command: 'run' }, { command: 'run' }],
  ])('keeps its %s configuration as sent, and is started on this host', async (_form, config, inner) => {
    const target = await register({ config });

    expect(target.config).toEqual(config);
    expect(await innerConfig(target.id)).toEqual({ mechanism: 'local', local: { ...inner, hostId: HOST } });
  });

  test('may name another host', async () => {
    const { id } = await register({ config: { local: { command: 'run', hostId: 'other-host' } } });

    expect(await innerConfig(id)).toMatchObject({ local: { hostId: 'other-host' } });
  });

  test('never shows a secret value again, though its agents get it', async () => {
    const env = { API_KEY: 'sk-very-secret' };
    const nested = await register({ name: 'nested', config: { local: { command: 'run', env } } });
    const flat = await register({ name: 'flat', config: { command: 'run', env } });

    const answers = [nested, flat, ...['/api/targets', '/api/targets/flat', `/api/targets/${nested.id}`]];
    for (const answer of answers) {
      const text = typeof answer === 'string' ? (await world.get(answer)).body : JSON.stringify(answer);
      expect(text).not.toContain('sk-very-secret');
      expect(text).toContain('"API_KEY":"***"');
    }
    expect(await innerConfig(flat.id)).toMatchObject({ local: { env } });
    expect(JSON.stringify(await world.query('select data from events'))).not.toContain('sk-very-secret');
  });

  test('has a name that is free in its project only', async () => {
    const first = await register();
    world.engine.calls.length = 0;

    const second = await world.post('/api/targets', TARGET);
    const elsewhere = await world.post('/api/targets', { ...TARGET, projectId: 'elsewhere' });

    expect(second.statusCode).toBe(409);
    expect(second.json()).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('laptop') });
    expect(elsewhere.statusCode).toBe(201);
    expect((await world.get('/api/targets')).json()).toMatchObject({ count: 1, targets: [{ id: first.id }] });
    expect((await world.get('/api/targets?projectId=elsewhere')).json()).toMatchObject({ count: 1, targets: [{ projectId: 'elsewhere' }] });
    expect((await world.get('/api/targets/laptop?projectId=elsewhere')).json()).toEqual(elsewhere.json());
  });

  test.each(['Grüße & Co. 100%', 'x'.repeat(128), '構'.repeat(128), 'a?b#c'])('may be called %s', async (name) => {
    const target = await register({ name });

    expect((await world.get(`/api/targets/${encodeURIComponent(name)}`)).json()).toEqual(target);
  });

  test.each(['away', 'broken'] as const)('is registered though the engine is %s', async (state) => {
    world.engine.state = state;

    await register();
  });
});

describe('a removed target', () => {
  test.each(['id', 'name'] as const)('by %s is gone, wakes the coordinator, and its name is free again', async (by) => {
    const target = await register();
    world.engine.calls.length = 0;

    const answer = await world.request('DELETE', `/api/targets/${target[by]}`, { headers: { 'content-type': 'application/json' } });

    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ success: true });
    expect(world.engine.calls).toEqual(['wakeCoordinator']);
    for (const id of [target.id, target.name]) expect((await world.get(`/api/targets/${id}`)).statusCode).toBe(404);
    expect((await world.request('DELETE', `/api/targets/${target[by]}`)).statusCode).toBe(404);
    await register();
  });

  test('of another project stays', async () => {
    await register({ projectId: 'elsewhere' });

    expect((await world.request('DELETE', '/api/targets/laptop')).statusCode).toBe(404);
    expect((await world.request('DELETE', '/api/targets/laptop?projectId=elsewhere')).statusCode).toBe(200);
  });
});

test('the list pages through all targets in order of name', async () => {
  for (const name of ['delta', 'alpha', 'echo', 'bravo', 'charlie']) await register({ name });
  const names: string[] = [];
  let cursor = '';

  do {
    const answer = await world.get(`/api/targets?limit=2${cursor}`);
    const page = answer.json<{ targets: Target[]; count: number; hasMore: boolean; nextCursor: string | null }>();
    names.push(...page.targets.map(({ name }) => name));
    expect([page.count, page.hasMore]).toEqual([page.targets.length, page.nextCursor !== null]);
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');

  expect(names).toEqual(['alpha', 'bravo', 'charlie', 'delta', 'echo']);
});

test('a cursor of one project is refused in another', async () => {
  for (const name of ['a', 'b']) await register({ name });
  const { nextCursor } = (await world.get('/api/targets?limit=1')).json<{ nextCursor: string }>();

  const answer = await world.get(`/api/targets?projectId=elsewhere&cursor=${nextCursor}`);

  expect(answer.statusCode).toBe(400);
  expect(answer.json<{ message: string }>().message).toContain('filter mismatch');
});
