import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Target } from '../../src/domain/targets/target.ts';
import { HOST, openWorld, TARGET } from './api-world.ts';
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

/** What a mechanism gets of it, and where. */
async function placeOf(id: string): Promise<unknown> {
  return world.ledger.targets.findPlace(id);
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
    expect(await placeOf(target.id)).toMatchObject({ hostId: HOST, config: { mechanism: 'local', local: inner } });
  });

  test('may name another host', async () => {
    const { id } = await register({ config: { local: { command: 'run', hostId: 'other-host' } } });

    expect(await placeOf(id)).toMatchObject({ hostId: 'other-host' });
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
    expect(await placeOf(flat.id)).toMatchObject({ config: { local: { env } } });
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

  test('is looked for in the project that is named, else in all of them', async () => {
    await register({ projectId: 'elsewhere' });

    expect((await world.request('DELETE', '/api/targets/laptop?projectId=default')).statusCode).toBe(404);
    expect((await world.request('DELETE', '/api/targets/laptop')).statusCode).toBe(200);
  });

  test('is missing with a sentence that names it', async () => {
    const answer = await world.get('/api/targets/nobody');

    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'NOT_FOUND', error: expect.stringContaining('Target not found: nobody') });
  });
});

describe('every mechanism can be registered:', () => {
  test.each<[string, Record<string, unknown>]>([
    ['ssh', { mechanism: 'ssh', host: 'h', user: 'root', command: 'c' }],
    ['ssh', { mechanism: 'ssh', ssh: { host: 'h', user: 'root', command: 'c' } }],
    ['github-actions', { mechanism: 'github-actions', repo: 'o/r', workflowFile: 'w.yml' }],
    ['webhook', { mechanism: 'webhook', url: 'http://x' }],
    ['kubernetes', { mechanism: 'kubernetes' }],
  ])('%s as %j', async (mechanism, config) => {
    const target = await register({ mechanism, config });

    expect(target).toMatchObject({ mechanism, config, status: 'available', createdAt: target.registeredAt });
  });

  test('settings beside the other fields, and classifications, are read as older clients mean them', async () => {
    const { config: _config, ...body } = TARGET;

    const answer = await world.post('/api/targets', { ...body, command: 'echo hi', classifications: ['personal'] });

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ config: { mechanism: 'local', command: 'echo hi' }, boundaries: ['personal'] });
  });

  test('without any configuration none can', async () => {
    const { config: _config, ...body } = TARGET;

    expect((await world.post('/api/targets', body)).statusCode).toBe(400);
  });
});

describe('the list', () => {
  const names = async (query: string) => (await world.get(`/api/targets${query}`)).json<{ targets: Target[] }>().targets.map(({ name }) => name);

  beforeEach(async () => {
    await register({ name: 'build', boundaries: ['personal'] });
    await register({ name: 'copilot', agentType: 'copilot-cli', capabilities: ['build', 'test'], boundaries: ['corporate'] });
    await register({ name: 'a-remote', mechanism: 'ssh', config: { host: 'h' }, capabilities: ['test'], boundaries: ['personal'] });
  });

  test.each([
    ['', ['build', 'copilot', 'a-remote']],
    ['?type=copilot-cli', ['copilot']],
    ['?capability=test', ['copilot', 'a-remote']],
    ['?boundary=personal', ['build', 'a-remote']],
    ['?classification=corporate', ['copilot']],
    ['?classification=corporate&boundary=personal', ['build', 'a-remote']],
    ['?status=disabled', []],
    ['?status=available&type=claude-code&unknown=1', ['build', 'a-remote']],
    ['?projectId=elsewhere', []],
  ])('%s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test('says that classification is the old name', async () => {
    const header = async (query: string) => (await world.get(`/api/targets${query}`)).headers['x-deprecated-param'];

    expect(await header('?classification=personal')).toBe('classification (use boundary instead)');
    expect(await header('?classification=personal&boundary=personal')).toBeUndefined();
  });

  test('shows disabled ones, after those that can start agents', async () => {
    await world.post('/api/targets/build/disable');

    expect(await names('')).toEqual(['copilot', 'a-remote', 'build']);
    expect(await names('?status=disabled')).toEqual(['build']);
  });

  test.each(['?type=robot', '?status=gone', '?capability=', '?limit=0', '?cursor=AAAA'])('refuses %s', async (query) => {
    expect((await world.get(`/api/targets${query}`)).statusCode).toBe(400);
  });

  test('a cursor of other filters is refused', async () => {
    const { nextCursor } = (await world.get('/api/targets?limit=1&capability=test')).json<{ nextCursor: string }>();

    expect((await world.get(`/api/targets?capability=test&cursor=${nextCursor}`)).json()).toMatchObject({ count: 1, total: 2, hasMore: false });
    expect((await world.get(`/api/targets?capability=build&cursor=${nextCursor}`)).statusCode).toBe(400);
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
