import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { HOST, openWorld, TARGET } from './api-world.ts';
import type { World } from './api-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.ledger.sessions.openHost(HOST);
});

afterAll(() => world.close());

/** Submitted and in the queue, in a project of its own. */
async function waitingItem(projectId: string): Promise<string> {
  const { id } = await world.submit({ projectId });
  await world.ledger.transitions.admit({ workId: id, runId: randomUUID() }, false);
  return id;
}

async function register(projectId: string, body: object = {}): Promise<string> {
  const answer = await world.post('/api/targets', { ...TARGET, projectId, name: `target-${randomUUID()}`, ...body });
  expect(answer.statusCode).toBe(201);
  return answer.json<{ id: string }>().id;
}

const grantSlots = () => world.ledger.slots.grantSlots({ queueMax: 200, grantsMax: 100, resendMs: 60_000 });

test('an item that waits is told how every candidate was judged, and why it waits', async () => {
  const id = await waitingItem('waits');
  const targetId = await register('waits', { capabilities: ['paint'] });

  const answer = (await world.get(`/api/work/${id}/decision`)).json<object>();

  expect(answer).toMatchObject({
    workItemId: id,
    phase: 'waiting',
    verdict: {
      rule: 'boundary:personal',
      chosen: null,
      reason: 'no target has the capability "build"',
      candidates: [{ kind: 'start', targetId, kept: false, rule: 'capability' }],
      candidatesTotal: 1,
    },
    decisions: [],
    count: 0,
    hasMore: false,
    nextBeforeFence: null,
  });
});

test('an item whose backoff has not run out is judged as well, with the reason that it waits', async () => {
  const id = await waitingItem('backoff');
  await register('backoff');
  await world.query(`update queue set not_before = now() + interval '1 hour' where work_id = $1`, [id]);

  const { verdict } = (await world.get(`/api/work/${id}/decision`)).json<{ verdict: object }>();

  expect(verdict).toMatchObject({ chosen: null, reason: expect.stringMatching(/^waits until 2/), candidates: [{ rule: 'kept' }] });
});

test('every slot that an item was granted is told with its candidates, the newest first and a page at a time', async () => {
  const id = await waitingItem('granted');
  const fits = await register('granted');
  const other = await register('granted', { boundaries: ['open-source'] });
  await grantSlots();
  await world.query(`update slots set state = 'released' where work_id = $1`, [id]);
  await world.ledger.transitions.admit({ workId: id, runId: randomUUID() }, true);
  await world.request('DELETE', `/api/targets/${other}`);
  await grantSlots();

  const newest = (await world.get(`/api/work/${id}/decision?limit=1`)).json<{ nextBeforeFence: number }>();
  const older = (await world.get(`/api/work/${id}/decision?limit=1&beforeFence=${String(newest.nextBeforeFence)}`)).json<object>();

  const chosen = { kind: 'start', targetId: fits, agentType: 'claude-code', kept: true, rule: 'kept' };
  expect(newest).toMatchObject({
    verdict: null,
    decisions: [{ fence: 2, rule: 'boundary:personal', chosen, candidates: [chosen], candidatesTotal: 1 }],
    count: 1,
    hasMore: true,
    nextBeforeFence: 2,
  });
  expect(older).toMatchObject({
    // The target that was removed meanwhile is named as well.
    decisions: [
      {
        fence: 1,
        chosen,
        candidates: expect.arrayContaining([expect.objectContaining({ targetId: other, targetName: expect.any(String), kept: false, rule: 'boundary' })]),
      },
    ],
    hasMore: false,
    nextBeforeFence: null,
  });
});

test('of an item that is not there nothing is told', async () => {
  expect((await world.get(`/api/work/${randomUUID()}/decision`)).statusCode).toBe(404);
  expect((await world.get(`/api/work/${await waitingItem('bounds')}/decision?limit=51`)).statusCode).toBe(400);
});
