import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openWorld } from './api-world.ts';
import type { Answer, World } from './api-world.ts';

let world: World;
let id: string;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** As if an agent had asked, and its await had no idle clock. */
beforeEach(async () => {
  world.engine.calls.length = 0;
  world.engine.state = 'here';
  id = (await world.submit()).id;
  await world.query(`update work_items set phase = 'working' where id = $1`, [id]);
  await world.query(
    `insert into questions (work_id, id, fence, project_id, text, on_expiry, expires_at)
     values ($1, '1-2', 1, 'default', 'Which?', 'fail', now() + interval '1 hour')`,
    [id],
  );
  await world.query(
    `insert into leases (work_id, project_id, fence, run_id, await_no, agent_guid, task_token, idle_timeout_ms, question_id)
     values ($1, 'default', 1, 'run', 2, 'agent', 'its-token', 60000, '1-2')`,
    [id],
  );
});

function answer(text: string, questionId = '1-2'): Promise<Answer> {
  return world.post(`/api/work/${id}/answer`, { questionId, answer: text });
}

describe('POST /api/work/:id/answer', () => {
  test('records the answer, tells the workflow, and shows the item without its question', async () => {
    const before = await world.get(`/api/work/${id}`);
    const answered = await answer('the left one');

    expect(before.json()).toMatchObject({ status: 'in-progress', question: { id: '1-2', text: 'Which?' } });
    expect(answered.json()).toMatchObject({ success: true, outcome: 'answered', workItem: { id } });
    expect(answered.json()).not.toHaveProperty('workItem.question');
    expect(world.engine.calls).toContain('completeAttempt its-token resumed');
  });

  test('holds when the engine is away', async () => {
    world.engine.state = 'away';

    expect((await answer('the left one')).statusCode).toBe(200);
    expect(await world.ledger.leases.findUntold({ limit: 1000 })).toContainEqual(expect.objectContaining({ workId: id }));
  });

  test('joins the same answer, and refuses another one', async () => {
    await answer('the left one');

    expect((await answer('the left one')).json()).toMatchObject({ outcome: 'joined' });
    const other = await answer('the right one');
    expect([other.statusCode, other.json<{ code: string }>().code]).toEqual([409, 'QUESTION_CLOSED']);
  });

  test('refuses an answer that comes too late', async () => {
    await world.query(`update questions set expires_at = now() where work_id = $1`, [id]);

    expect((await answer('the left one')).json()).toMatchObject({ code: 'QUESTION_CLOSED' });
  });

  test('knows no question that was never asked', async () => {
    expect((await answer('the left one', '1-3')).json()).toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('the list can show only those that wait for a person', async () => {
  const other = await world.submit();
  const listed = (await world.get('/api/work?waitsFor=person')).json<{ workItems: { id: string }[] }>().workItems.map((item) => item.id);

  expect(listed).toContain(id);
  expect(listed).not.toContain(other.id);
});
