import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('the channels of a project are named', async () => {
  const answer = await world.get('/api/channels?projectId=team');

  expect(answer.json()).toMatchObject({ channels: [{ name: 'roadmap' }, { name: 'parallel-work' }, { name: 'errors' }], count: 3, projectId: 'team' });
});

test('a channel without messages is empty, whoever asks', async () => {
  const answer = await world.get('/api/channels/roadmap/messages?projectId=team&limit=1000');

  expect(answer.json()).toEqual({ channel: 'roadmap', messages: [], count: 0, projectId: 'team' });
});

test.each([
  '/api/channels',
  '/api/channels?projectId=*',
  '/api/channels/roadmap/messages',
  '/api/channels/roadmap/messages?projectId=a&limit=0',
  '/api/channels/roadmap/messages?projectId=a&limit=1001',
  '/api/channels/roadmap/messages?projectId=a.b',
  '/api/channels/road.map/messages?projectId=a',
  '/api/channels/%3E/messages?projectId=a',
  '/api/channels/*/messages?projectId=a',
  '/api/channels/..%2Fx/messages?projectId=a',
  '/api/channels/events/messages?projectId=WEFT',
  '/api/channels/agent-registry/messages?projectId=KV',
  '/api/channels/typescript/messages?projectId=WORKQUEUE',
])('%s is refused', async (url) => {
  expect((await world.get(url)).statusCode).toBe(400);
});

test('a token reads the channels of its own projects only', async () => {
  const { token } = (await world.post('/api/tokens', { name: 'team', scopes: ['work:read'], projects: ['team'] })).json<{ token: string }>();
  const headers = { authorization: `Bearer ${token}` };

  expect((await world.get('/api/channels?projectId=team', headers)).statusCode).toBe(200);
  expect((await world.get('/api/channels?projectId=other', headers)).statusCode).toBe(404);
  expect((await world.get('/api/channels/roadmap/messages?projectId=other', headers)).statusCode).toBe(404);
});
