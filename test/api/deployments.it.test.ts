import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Deployment, DeploymentReplica } from '../../src/domain/deployments/deployment.ts';
import type { WeftEvent } from '../../src/domain/events/event.ts';
import { HOST, openWorld, TARGET } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

let world: World;
const OPERATOR = { authorization: 'Bearer operator-secret-of-this-test' };

beforeAll(async () => {
  world = await openWorld({ tokens: ['operator-secret-of-this-test'] });
  await world.ledger.sessions.openHost(HOST);
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.state = 'here';
  world.engine.calls.length = 0;
});

const aName = (): string => `d-${randomUUID().slice(0, 8)}`;

async function aTarget(body: object = {}): Promise<string> {
  const answer = await world.post('/api/targets', { ...TARGET, name: aName(), ...body }, OPERATOR);
  expect(answer.statusCode).toBe(201);
  return answer.json<{ name: string }>().name;
}

const create = (body: object): Promise<Answer> => world.post('/api/deployments', { name: aName(), ...body }, OPERATOR);

async function created(body: object = {}): Promise<Deployment> {
  const answer = await create({ targets: [await aTarget()], ...body });
  expect(answer.statusCode).toBe(201);
  world.engine.calls.length = 0;
  return answer.json<Deployment>();
}

const get = (id: string): Promise<Answer> => world.get(`/api/deployments/${id}`, OPERATOR);
const put = (id: string, payload: object, headers: Record<string, string> = {}): Promise<Answer> =>
  world.request('PUT', `/api/deployments/${id}`, { payload, headers: { ...OPERATOR, ...headers } });
const act = (id: string, action: string, body?: object): Promise<Answer> => world.post(`/api/deployments/${id}/${action}`, body, OPERATOR);
const look = (id: string) => world.ledger.deployments.keep(id, { startTimeoutMs: 60_000 });

describe('a new deployment', () => {
  test('is there at once, and its workflow is woken', async () => {
    const target = await aTarget();
    const answer = await create({ name: 'web', targets: [target], replicas: 3, description: 'for the web' });

    const { id } = answer.json<Deployment>();
    expect(answer.headers.location).toBe(`/api/deployments/${id}`);
    expect(answer.json()).toMatchObject({
      name: 'web',
      projectId: 'default',
      description: 'for the web',
      spec: { targets: [target], replicas: 3, task: 'serve', restartPolicy: 'always' },
      status: { phase: 'progressing', desired: 3, ready: 0 },
      version: 1,
      revision: 1,
    });
    expect(world.engine.calls).toContain(`wakeDeployment ${id}`);
    expect((await get('web')).json()).toEqual({ ...answer.json<Deployment>(), replicas: [] });
  });

  test('is accepted while Temporal is away', async () => {
    const target = await aTarget();
    world.engine.state = 'away';

    expect((await create({ targets: [target] })).statusCode).toBe(201);
  });

  test('may not have the name of another one of its project', async () => {
    const { name, spec } = await created();

    expect((await create({ name, targets: spec.targets })).json()).toMatchObject({ code: 'CONFLICT' });
    const elsewhere = await aTarget({ projectId: 'elsewhere' });
    expect((await create({ name, targets: [elsewhere], projectId: 'elsewhere' })).statusCode).toBe(201);
  });

  test.each<[string, object, number]>([
    ['without targets', { targets: [] }, 400],
    ['with a target that is not there', { targets: ['nowhere'] }, 404],
    ['with too many replicas', { targets: ['nowhere'], replicas: 101 }, 400],
    ['with a name that is no part of an id', { targets: ['nowhere'], name: 'A.b' }, 400],
  ])('is refused %s', async (_, body, status) => {
    expect((await create(body)).statusCode).toBe(status);
  });

  test('is refused when none of its targets starts agents, or offers what is needed', async () => {
    const webhook = await aTarget({ mechanism: 'webhook', config: { mechanism: 'webhook', url: 'https://example.com/' } });
    expect((await create({ targets: [webhook] })).json()).toMatchObject({ code: 'TARGET_MISCONFIGURED' });

    expect((await create({ targets: [await aTarget()], needs: { capabilities: ['magic'] } })).json()).toMatchObject({ code: 'TARGET_MISCONFIGURED' });
  });
});

describe('a change', () => {
  test('of what replicas are started from makes a new revision, another one does not', async () => {
    const { id } = await created();

    expect((await put(id, { replicas: 4, backoff: { initialMs: 500 } })).json()).toMatchObject({
      revision: 1,
      version: 2,
      spec: { replicas: 4, backoff: { initialMs: 500, factor: 2 } },
    });
    expect((await put(id, { task: 'command' })).json()).toMatchObject({ revision: 2, version: 3 });
    expect(world.engine.calls).toContain(`wakeDeployment ${id}`);
  });

  test('of a version that is no more is refused', async () => {
    const { id } = await created();
    expect((await put(id, { replicas: 2 }, { 'if-match': String((await get(id)).headers.etag) })).statusCode).toBe(200);

    for (const answer of [
      await put(id, { replicas: 3 }, { 'if-match': '"1"' }),
      await put(id, { replicas: 3, version: 1 }),
      await act(id, 'scale', { replicas: 3, version: 1 }),
    ]) {
      expect(answer.json()).toMatchObject({ code: 'CONFLICT', details: { version: 2 } });
    }
  });

  test.each([
    ['pause', { paused: true, status: { phase: 'paused' } }],
    ['drain', { draining: true, status: { phase: 'drained', desired: 0 } }],
    ['restart', { revision: 2 }],
    ['resume', { paused: false }],
  ])('%s answers with what is wanted now', async (action, expected) => {
    const { id } = await created();

    expect((await act(id, action)).json()).toMatchObject(expected);
    expect(world.engine.calls).toContain(`wakeDeployment ${id}`);
  });

  test('of the number of replicas shows in its status and its replicas', async () => {
    const { id } = await created();

    expect((await act(id, 'scale', { replicas: 2 })).json()).toMatchObject({ spec: { replicas: 2 } });
    await look(id);

    const { replicas, status, conditions } = (await get(id)).json<Deployment & { replicas: DeploymentReplica[] }>();
    expect(replicas.map(({ index, state }) => [index, state])).toEqual([
      [0, 'waiting'],
      [1, 'waiting'],
    ]);
    expect(status).toMatchObject({ phase: 'progressing', starting: 2 });
    expect(conditions.map(({ type }) => type)).toEqual(['Available', 'Progressing', 'Placeable', 'CrashLooping', 'Paused', 'Held']);
  });

  test('is impossible while it is being removed, and then it is not there', async () => {
    const { id, name } = await created();

    expect((await world.request('DELETE', `/api/deployments/${name}`, { headers: OPERATOR })).json()).toMatchObject({ removing: true });
    expect((await put(id, { replicas: 2 })).statusCode).toBe(409);
    expect((await act(id, 'pause')).statusCode).toBe(409);
    await look(id);

    expect((await get(id)).statusCode).toBe(404);
    expect((await act(id, 'restart')).statusCode).toBe(404);
  });
});

test('its history has every change, in pages', async () => {
  const { id } = await created();
  await act(id, 'pause');
  await act(id, 'resume');
  await look(id);

  const first = (await world.get(`/api/deployments/${id}/events?limit=2`, OPERATOR)).json<{ events: WeftEvent[]; hasMore: boolean; nextAfterSeq: number }>();
  const rest = (await world.get(`/api/deployments/${id}/events?afterSeq=${String(first.nextAfterSeq)}`, OPERATOR)).json<typeof first>();

  expect([first.hasMore, rest.hasMore]).toEqual([true, false]);
  expect([...first.events, ...rest.events].map(({ type, seq }) => [seq, type.replace('deployment:', '')])).toEqual([
    [1, 'created'],
    [2, 'paused'],
    [3, 'resumed'],
    [4, 'replica-starting'],
  ]);
});

test('the list is in order of name, in pages, of one project', async () => {
  const target = await aTarget({ projectId: 'listed' });
  for (const name of ['c', 'a', 'b']) await create({ name, targets: [target], projectId: 'listed' });

  const first = (await world.get('/api/deployments?projectId=listed&limit=2', OPERATOR)).json<{ deployments: Deployment[]; nextCursor: string }>();
  const second = (await world.get(`/api/deployments?projectId=listed&cursor=${first.nextCursor}`, OPERATOR)).json<typeof first>();

  expect([...first.deployments, ...second.deployments].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

describe('a token', () => {
  async function withToken(body: object): Promise<{ authorization: string }> {
    const { token } = (await world.post('/api/tokens', { name: aName(), ...body }, OPERATOR)).json<{ token: string }>();
    return { authorization: `Bearer ${token}` };
  }

  test('of a reader sees deployments and changes none', async () => {
    const { id } = await created();
    const reader = await withToken({ scopes: ['work:write'] });

    expect((await world.get(`/api/deployments/${id}`, reader)).statusCode).toBe(200);
    expect((await world.post(`/api/deployments/${id}/pause`, undefined, reader)).statusCode).toBe(403);
    expect((await world.post('/api/deployments', { name: 'x', targets: ['y'] }, reader)).statusCode).toBe(403);
  });

  test('of another project does not know of them', async () => {
    const { id, name } = await created();
    const stranger = await withToken({ scopes: ['admin'], projects: ['other'] });

    for (const path of [id, name, `${id}/events`]) expect((await world.get(`/api/deployments/${path}`, stranger)).statusCode).toBe(404);
    expect((await world.post(`/api/deployments/${id}/drain`, undefined, stranger)).statusCode).toBe(404);
    expect((await world.get('/api/deployments?projectId=default', stranger)).statusCode).toBe(404);
  });
});
