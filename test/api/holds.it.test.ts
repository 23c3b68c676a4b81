import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Project } from '../../src/domain/projects/project.ts';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ tokens: ['operator-secret-1'] });
});
afterAll(() => world.close());
beforeEach(() => {
  world.engine.calls.length = 0;
});

const asOperator = { authorization: 'Bearer operator-secret-1' };

const post = (url: string, payload: object = {}, headers = asOperator) => world.request('POST', url, { payload, headers });

async function projectOf(id: string): Promise<Project> {
  return (await world.request('GET', `/api/projects/${id}`, { headers: asOperator })).json<Project>();
}

async function boundTo(projectId: string): Promise<typeof asOperator> {
  await post('/api/work', { boundary: 'personal', capability: 'build', description: 'x', projectId });
  const made = await post('/api/tokens', { name: `of-${projectId}`, scopes: ['admin'], projects: [projectId] });
  return { authorization: `Bearer ${made.json<{ token: string }>().token}` };
}

test('a project is paused, drained and resumed by who administers it; it shows who did it and why, and the coordinator looks at once', async () => {
  const own = await boundTo('own');
  world.engine.calls.length = 0;

  expect((await post('/api/projects/own/pause', { reason: 'a release' }, own)).json()).toMatchObject({ state: 'paused', reason: 'a release' });
  expect(world.engine.calls).toEqual(['wakeCoordinator']);
  expect((await projectOf('own')).activity).toMatchObject({ state: 'paused', by: expect.stringMatching(/^token:of-own/) });
  expect((await post('/api/projects/own/drain', {}, own)).json()).toMatchObject({ state: 'drained' });
  expect((await post('/api/projects/own/resume', {}, own)).json()).toEqual({ state: 'running' });
});

test('everything is held up only by who is bound to no project, and the statistics say so', async () => {
  const own = await boundTo('bound');
  const state = async () => (await world.request('GET', '/api/stats', { headers: asOperator })).json<{ activity: object }>().activity;

  expect((await post('/api/pause', {}, own)).statusCode).toBe(403);
  expect(await state()).toEqual({ state: 'running' });
  expect((await post('/api/pause', { reason: 'an upgrade' })).statusCode).toBe(200);
  expect(await state()).toMatchObject({ state: 'paused', reason: 'an upgrade' });
  expect((await post('/api/resume')).json()).toEqual({ state: 'running' });
});

test('an item that is submitted while its project is paused is accepted, and nothing is started for it', async () => {
  await boundTo('quiet');
  const target = { name: 'quiet', agentType: 'claude-code', capabilities: ['build'], mechanism: 'local', config: { mechanism: 'local', command: 'true' } };
  await post('/api/targets', { ...target, projectId: 'quiet' });
  const submit = async () => (await post('/api/work', { boundary: 'personal', capability: 'build', description: 'x', projectId: 'quiet' })).json<object>();

  await world.ledger.sessions.openHost('test-host');
  expect(await submit()).toMatchObject({ spinUpTriggered: true });
  await post('/api/projects/quiet/pause');

  expect(await submit()).toMatchObject({ status: 'pending', spinUpTriggered: false });
});

test.each(['nowhere', 'no project'])('what is no project (%s) is not found', async (id) => {
  expect((await post(`/api/projects/${encodeURIComponent(id)}/pause`)).statusCode).toBe(404);
});
