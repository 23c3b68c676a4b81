import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Target } from '../../src/domain/targets/target.ts';
import { openWorld, TARGET } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const URL_SECRET = 'in-the-query';
const BODY_SECRET = 'in-the-body';
const HEADER_SECRET = 'in-a-header';

test('nothing shows the secrets of a webhook, and what was read of it may be sent back', async () => {
  const webhook = {
    url: `https://host/hook?token=${URL_SECRET}`,
    bodyTemplate: `{"id":"{{workItemId}}","secret":"${BODY_SECRET}"}`,
    headers: { 'X-Hook': HEADER_SECRET, 'X-Other': '${OTHER}' },
  };
  const { id } = (await world.post('/api/targets', { ...TARGET, mechanism: 'webhook', config: { webhook } })).json<Target>();
  const read = await world.get(`/api/targets/${id}`);

  const answer = await world.request('PUT', `/api/targets/${id}`, { payload: read.json<Target>() });

  expect(read.json()).toMatchObject({ config: { webhook: { url: 'https://host/hook?token=***', headers: { 'X-Hook': '***', 'X-Other': '${OTHER}' } } } });
  expect(answer.statusCode).toBe(200);
  expect(await world.ledger.targets.findPlace(id)).toMatchObject({ config: { webhook } });
  const shown = [read.body, answer.body, (await world.get('/api/audit')).body, JSON.stringify(await world.query('select data from events'))].join();
  for (const secret of [URL_SECRET, BODY_SECRET, HEADER_SECRET]) expect(shown).not.toContain(secret);
});
