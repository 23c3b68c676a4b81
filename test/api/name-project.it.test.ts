import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { openWorld, TARGET, WORK } from './api-world.ts';
import type { World } from './api-world.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: { readonly $ref?: string } } } };
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly post?: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** The POSTs that take a project in their body, with the smallest bodies that they take. */
const BODIES: Readonly<Record<string, object>> = {
  '/api/agents/shutdown-batch': { filter: {} },
  '/api/deployments': { name: 'free', replicas: 0, targets: ['laptop'] },
  '/api/targets': TARGET,
  '/api/targets/disable-batch': { filter: {} },
  '/api/work': WORK,
  '/api/work/batch': { items: [WORK] },
  '/api/work/cancel-batch': { filter: {} },
  '/api/work/retry-batch': { filter: {} },
};
const PATHS = Object.entries(BODIES);

function takesProject({ requestBody }: Operation): boolean {
  const name = requestBody?.content['application/json'].schema.$ref?.split('/').at(-1) ?? '';
  const { components } = world.app.swagger() as unknown as Document;
  return Object.hasOwn(components.schemas[name]?.properties ?? {}, 'projectId');
}

test('whatever takes a project in its body takes it in its query too, and the document says so', () => {
  const { paths } = world.app.swagger() as unknown as Document;
  const named = Object.entries(paths).flatMap(([path, { post }]) => (post !== undefined && takesProject(post) ? [{ path, post }] : []));

  expect(named.map(({ path }) => path).sort()).toEqual(PATHS.map(([path]) => path).sort());
  for (const { path, post } of named) {
    const inQuery = (post.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    expect([path, inQuery]).toEqual([path, expect.arrayContaining(['projectId'])]);
  }
});

describe('the name that stands for all projects', () => {
  const REFUSAL = { code: 'BAD_REQUEST', message: expect.stringContaining('"global" stands for all projects, and is none') };

  test.each(PATHS)('is refused as a project by %s, in the body and in the query', async (path, body) => {
    for (const answer of [await world.post(path, { ...body, projectId: 'global' }), await world.post(`${path}?projectId=global`, body)]) {
      expect([answer.statusCode, answer.json()]).toEqual([400, expect.objectContaining(REFUSAL)]);
    }
  });

  test('is refused of an item of a batch, of a project that is to be changed and of one that a token is for', async () => {
    const batch = await world.post('/api/work/batch', { items: [{ ...WORK, projectId: 'global' }] });
    const changed = await world.request('PUT', '/api/projects/global', { payload: { version: 0, policy: {} } });
    const token = await world.post('/api/tokens', { name: 'all', scopes: ['work:write'], projects: ['global'] });

    expect(batch.json()).toMatchObject({ results: [{ ok: false, error: REFUSAL }] });
    for (const answer of [changed, token]) expect([answer.statusCode, answer.json()]).toEqual([400, expect.objectContaining(REFUSAL)]);
  });

  test('may be that of what was made before, which can be read and ended', async () => {
    const { id } = await world.submit();
    await world.query("insert into projects (id) values ('global')");
    await world.query("update work_items set project_id = 'global' where id = $1", [id]);

    expect((await world.get('/api/projects/global')).json()).toMatchObject({ id: 'global' });
    expect((await world.get('/api/work?projectId=global')).json()).toMatchObject({ workItems: [{ id, projectId: 'global' }] });
    expect((await world.get(`/api/work/${id}`)).json()).toMatchObject({ projectId: 'global' });
    expect((await world.post(`/api/work/${id}/cancel`)).statusCode).toBe(200);
  });
});

describe('a project in the query', () => {
  test.each(PATHS)('and another one in the body are refused by %s', async (path, body) => {
    const answer = await world.post(`${path}?projectId=asked`, { ...body, projectId: 'other' });

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'BAD_REQUEST',
      details: { validationErrors: [{ field: '/query/projectId', message: 'differs from the projectId of the body ("asked" and "other")' }] },
    });
  });

  test('is where work, targets and deployments are made, and the same one may stand in the body', async () => {
    const target = await world.post('/api/targets?projectId=made', TARGET);
    const made = [
      target.json<object>(),
      (await world.post('/api/deployments?projectId=made', BODIES['/api/deployments'])).json<object>(),
      (await world.post('/api/work?projectId=made', WORK)).json<object>(),
      (await world.post('/api/work?projectId=made', { ...WORK, projectId: 'made' })).json<object>(),
      (await world.post('/api/work?projectId=made&dryRun=true', WORK)).json<object>(),
    ];

    expect(made).toEqual(made.map(() => expect.objectContaining({ projectId: 'made' })));
  });

  test('is that of the items of a batch that name none', async () => {
    const answer = await world.post('/api/work/batch?projectId=many', { items: [WORK, { ...WORK, projectId: 'own' }] });

    expect(answer.json()).toMatchObject({ results: [{ workItem: { projectId: 'many' } }, { workItem: { projectId: 'own' } }] });
  });

  test('bounds what a batch cancels, drives again and disables', async () => {
    const { id } = (await world.post('/api/work?projectId=bounds', WORK)).json<{ id: string }>();
    const failed = (await world.post('/api/work?projectId=bounds', WORK)).json<{ id: string }>();
    await world.query("update work_items set phase = 'dead-lettered', settled_at = now() where id = $1", [failed.id]);
    await world.submit();
    await world.post('/api/targets?projectId=bounds', { ...TARGET, name: 'theirs' });
    await world.post('/api/targets', { ...TARGET, name: 'of-the-default-project' });

    const disabled = await world.post('/api/targets/disable-batch?projectId=bounds', { targetIds: ['theirs', 'of-the-default-project'] });
    expect(disabled.json()).toMatchObject({ disabledTargets: ['theirs'], failed: ['of-the-default-project'] });
    expect((await world.post('/api/targets/disable-batch?projectId=bounds', { filter: {} })).json()).toMatchObject({ totalProcessed: 1 });
    expect((await world.post('/api/work/retry-batch?projectId=bounds', { filter: {}, dryRun: true })).json()).toMatchObject({ success: [failed.id] });
    expect((await world.post('/api/work/cancel-batch?projectId=bounds', { filter: { status: 'pending' } })).json()).toMatchObject({ cancelledItems: [id] });
  });

  test('spares the agents of all others', async () => {
    const [asked, other] = [randomUUID(), randomUUID()];
    world.registry.put(asked, { projectId: 'asked' });
    world.registry.put(other, { projectId: 'other' });

    const answer = await world.post('/api/agents/shutdown-batch?projectId=asked', { filter: {} });

    expect(answer.json()).toMatchObject({ shutdownAgents: [asked] });
    expect(world.bus.asked).toEqual([`asked ${asked} gracefully`]);
  });
});
