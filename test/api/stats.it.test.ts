import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Stats } from '../../src/domain/stats/stats.ts';
import { eventually } from '../support/eventually.ts';
import { openWorld, TARGET } from './api-world.ts';
import type { World } from './api-world.ts';
import { startedAgent } from './started-agent.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

async function stats(query = ''): Promise<Stats> {
  const answer = await world.get(`/api/stats${query}`);
  expect(answer.statusCode).toBe(200);
  return answer.json<Stats>();
}

describe('the statistics', () => {
  test('count work, targets and agents truly, in all projects and in one', async () => {
    const submitted = await world.submit();
    await world.submit({ projectId: 'second' });
    await world.query(`update work_items set phase = 'working' where id = $1`, [submitted.id]);
    await world.post('/api/targets', { ...TARGET, name: 'spare', projectId: 'second' });
    const guid = await startedAgent(world, { state: 'busy' });
    world.registry.put(guid, { status: 'online' });
    world.registry.put('warp', { agentType: 'developer', projectId: 'second' });
    world.registry.put('left', { status: 'offline' });

    const all = await eventually(async () => {
      const found = await stats();
      expect(found).toMatchObject({ pending: 1, active: 1, total: 2, totalAgents: 2, totalProjects: 2 });
      return found;
    });

    expect(all.agents).toEqual({ total: 2, byType: { 'claude-code': 1, developer: 1 }, byStatus: { online: 1, busy: 1, offline: 1 } });
    expect(all.targets).toEqual({ total: 2, available: 1, inUse: 1, disabled: 0 });
    expect(all.byProject['second']).toMatchObject({ agents: 1, pendingWork: 1, activeWork: 0, targets: 1 });
    expect(await stats('?projectId=second')).toMatchObject({ pending: 1, active: 0, totalAgents: 1, totalProjects: 1, targets: { total: 1 } });
    expect(await stats('?projectId=nowhere')).toMatchObject({ total: 0, totalProjects: 0, byProject: {} });
    expect((await world.get('/api/stats/projects')).json()).toMatchObject({ projects: ['default', 'second'], count: 2, timestamp: expect.any(String) });
  });

  test.each(['/api/stats', '/api/stats/projects'])('%s is not sent twice to who has it already', async (path) => {
    const first = await world.get(path);
    const etag = String(first.headers.etag);

    const again = await world.get(path, { 'if-none-match': etag });
    const other = await world.get(path, { 'if-none-match': '"00000000000000000000000000000000"' });

    expect(etag).toMatch(/^"[a-f0-9]{32}"$/);
    expect([again.statusCode, again.body]).toEqual([304, '']);
    for (const { headers } of [first, again, other]) expect(headers).toMatchObject({ etag, 'cache-control': 'max-age=30, must-revalidate' });
    expect(other.statusCode).toBe(200);
  });

  test('have another tag when anything was counted that was not there before', async () => {
    const etag = String((await world.get('/api/stats')).headers.etag);

    await world.submit();

    await eventually(async () => {
      expect((await world.get('/api/stats', { 'if-none-match': etag })).statusCode).toBe(200);
    });
  });

  test('show a token only its own projects', async () => {
    const { token } = (await world.post('/api/tokens', { name: 'second only', scopes: ['work:read'], projects: ['second'] })).json<{ token: string }>();
    const headers = { authorization: `Bearer ${token}` };

    expect((await world.get('/api/stats', headers)).json()).toMatchObject({ totalProjects: 1, totalAgents: 1, pending: 1 });
    expect((await world.get('/api/stats/projects', headers)).json()).toMatchObject({ projects: ['second'], count: 1 });
    expect((await world.get('/api/stats?projectId=default', headers)).statusCode).toBe(404);
    expect((await world.get('/api/agents', headers)).json()).toMatchObject({ agents: [{ guid: 'warp' }], total: 1 });
    expect((await world.get('/api/agents/left', headers)).statusCode).toBe(404);
    expect((await world.get('/api/agents?projectId=default', headers)).statusCode).toBe(404);
  });

  test('that cannot be counted are told so, and nobody keeps that', async () => {
    const broken = await openWorld();
    await broken.query('alter table projects rename to elsewhere');

    const answer = await broken.get('/api/stats');

    expect(answer.statusCode).toBeGreaterThanOrEqual(500);
    expect(answer.headers).not.toHaveProperty('etag');
    expect(answer.headers).not.toHaveProperty('cache-control');
    await broken.query('alter table elsewhere rename to projects');
    expect((await broken.get('/api/stats')).statusCode).toBe(200);
    await broken.close();
  });
});
