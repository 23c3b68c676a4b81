import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openWorld } from './api-world.ts';
import type { World } from './api-world.ts';

const OPERATORS = ['first-operator-token-000000000000', 'second-operator-token-00000000000'];

let world: World;
beforeAll(async () => {
  world = await openWorld({ tokens: OPERATORS });
});
afterAll(() => world.close());

const as = (operator: 0 | 1): Record<string, string> => ({ authorization: `Bearer ${OPERATORS[operator] ?? ''}` });

/** Submitted by the first operator, and waiting for a person. */
async function waiting(): Promise<string> {
  const policy = { approval: { boundaries: ['corporate'] } };
  const { version = 0 } = (await world.get('/api/projects/default', as(0))).json<{ version?: number }>();
  await world.request('PUT', '/api/projects/default', { headers: as(0), payload: { version, policy } });
  const item = { boundary: 'corporate', capability: 'build', description: 'Build it.' };
  const { id } = (await world.post('/api/work', item, as(0))).json<{ id: string }>();
  await world.ledger.transitions.admit({ workId: id, runId: `run of ${id}` }, false);
  await world.ledger.slots.grantSlots({ queueMax: 200, grantsMax: 100, resendMs: 60_000 });
  world.engine.calls.length = 0;
  return id;
}

describe('work that a person must approve', () => {
  test('shows so, and is listed as such', async () => {
    const id = await waiting();

    expect((await world.get(`/api/work/${id}`, as(0))).json()).toMatchObject({
      status: 'pending',
      reason: 'waits for approval',
      approval: { state: 'pending' },
    });
    const listed = (await world.get('/api/work?waitsFor=person', as(0))).json<{ workItems: { id: string }[] }>();
    expect(listed.workItems.map((item) => item.id)).toContain(id);
  });

  test('is approved by somebody else than its submitter, and the coordinator is woken', async () => {
    const id = await waiting();

    const own = await world.post(`/api/work/${id}/approve`, {}, as(0));
    const other = await world.post(`/api/work/${id}/approve`, {}, as(1));

    expect([own.statusCode, own.json<{ code: string }>().code]).toEqual([403, 'FORBIDDEN']);
    expect(other.json()).toMatchObject({ outcome: 'decided', workItem: { approval: { state: 'approved', decidedBy: 'operator-2' } } });
    expect(world.engine.calls).toContain('wakeCoordinator');
    expect((await world.post(`/api/work/${id}/approve`, {}, as(1))).json()).toMatchObject({ outcome: 'joined' });
  });

  test('is rejected with a reason, of which its workflow is told', async () => {
    const id = await waiting();

    const rejected = await world.post(`/api/work/${id}/reject`, { reason: 'too dear' }, as(1));
    const tooLate = await world.post(`/api/work/${id}/approve`, {}, as(1));

    expect(rejected.json()).toMatchObject({ outcome: 'decided', workItem: { approval: { state: 'rejected', reason: 'too dear' } } });
    expect(world.engine.calls).toContain(`rejectWork ${id} rejected by operator-2: too dear`);
    expect([tooLate.statusCode, tooLate.json<{ code: string }>().code]).toEqual([409, 'APPROVAL_CLOSED']);
  });
});

test('what needs no approval is not approved', async () => {
  const item = { boundary: 'personal', capability: 'build', description: 'Build it.' };
  const { id } = (await world.post('/api/work', item, as(0))).json<{ id: string }>();

  expect((await world.post(`/api/work/${id}/approve`, {}, as(1))).json()).toMatchObject({ code: 'APPROVAL_CLOSED', details: { state: 'not-asked' } });
});
