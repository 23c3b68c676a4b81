import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { rankAtMs } from '../../../src/domain/scheduling/ageing.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import type { WorkSubmit } from '../../../src/domain/work/work-item.ts';
import { AUTHOR } from '../../support/author.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

async function queueAs(name: string, count: number, body: Partial<WorkSubmit> = {}): Promise<string[]> {
  const writers: Writer[] = [];
  for (let n = 0; n < count; n++) writers.push(await world.queue(body, { ...AUTHOR, name }));
  return writers.map(({ workId }) => workId);
}

/** Ids of the items that the next round grants something to. */
async function granted(): Promise<string[]> {
  return (await world.grantSlots()).grants.map(({ workId }) => workId);
}

function shareOf(ids: readonly string[], grants: readonly string[]): number {
  return grants.filter((workId) => ids.includes(workId)).length;
}

test('submitters take turns, whoever came first and with however many items', async () => {
  await world.registerTarget({ limits: { agentsMax: 6 } });
  const big = await queueAs('big', 12);
  const small = await queueAs('small', 4);

  const first = await granted();

  expect([shareOf(big, first), shareOf(small, first)]).toEqual([3, 3]);
});

test('what a submitter holds, or has just released, counts for the next round', async () => {
  const { id } = await world.registerTarget({ limits: { agentsMax: 2 } });
  const held = await queueAs('holder', 1);
  await world.grantSlots();
  const [next] = [await queueAs('holder', 2), await queueAs('other', 1)];

  expect(await granted()).not.toEqual(next.slice(0, 1));
  await world.query("update slots set state = 'released', created_at = now() - interval '50 minutes' where work_id = any($1::uuid[])", [held]);
  const [late] = await queueAs('other', 1);
  await world.query('update targets set agents_max = 2 where id = $1', [id]);

  expect(await granted()).toEqual([late]);
});

test('a project shares what it wants with another by their weights', async () => {
  for (const projectId of ['light', 'heavy']) {
    await world.registerTarget({ projectId, limits: { agentsMax: 50 } });
    await queueAs('someone', 10, { projectId });
  }
  await world.query(`update projects set policy = '{"weight": 4}' where id = 'heavy'`);

  const { grants } = await world.grantSlots({ grantsMax: 10 });
  const items = await Promise.all(grants.map(({ workId }) => world.item(workId)));

  expect(items.filter(({ projectId }) => projectId === 'heavy')).toHaveLength(8);
});

test('a crowd of submitters hides none of them: round after round everybody is reached', async () => {
  await queueAs('first', 1);
  await world.query(
    `insert into work_items (id, project_id, task_id, capability, boundary, description, priority, limits, offered_by, phase)
     select gen_random_uuid(), 'default', 'crowd', 'missing', 'open-source', 'x', 10, '{}', 'coordinator', 'waiting' from generate_series(1, 1500)`,
  );
  await world.query(
    `insert into queue (work_id, project_id, needs_key, submitter, priority, due)
     select id, project_id, '["missing"]', 'crowd-' || id, priority, true from work_items where task_id = 'crowd'`,
  );
  await world.registerTarget();
  const [last] = await queueAs('zz-last', 1);

  const reached: string[] = [];
  for (let more = true, rounds = 0; more && rounds < 10; rounds++) {
    const round = await world.grantSlots();
    reached.push(...round.grants.map(({ workId }) => workId));
    ({ more } = round);
  }

  expect(reached).toContain(last);
  expect(await world.query("select count(*)::int as told from work_items where task_id = 'crowd' and reason is not null")).toEqual([{ told: 1500 }]);
});

test('the queue stands in the order of the domain, also after a change of priority', async () => {
  const [one = '', other = ''] = await queueAs('someone', 2, { priority: 3 });
  await world.ledger.work.update(other, { change: { priority: 8 }, author: AUTHOR });

  const rows = await world.query<{ work_id: string; priority: number; enqueued_at: Date; rank_ms: number }>(
    "select work_id, priority, enqueued_at, extract(epoch from rank_at at time zone 'UTC')::float8 * 1000 as rank_ms from queue order by rank_at",
  );

  expect(rows.map((row) => row.work_id)).toEqual([other, one]);
  for (const row of rows) expect(row.rank_ms).toBeCloseTo(rankAtMs({ priority: row.priority, enqueuedAtMs: row.enqueued_at.getTime() }), 0);
});

test('an item that is not to start before a time waits for it, says so, and moves with a change', async () => {
  await world.registerTarget();
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const { workId } = await world.queue({ notBefore: soon });

  const early = await world.grantSlots();

  expect([early.grants, (await world.item(workId)).reason]).toEqual([[], `waits until ${soon}`]);
  expect(early.lookAgainInMs).toBeGreaterThan(3_000_000);
  expect(await world.ledger.work.update(workId, { change: { notBefore: null }, author: AUTHOR })).toMatchObject({ item: { reason: 'waits for a slot' } });
  expect(await granted()).toEqual([workId]);
  expect(await world.ledger.work.update(workId, { change: { notBefore: soon }, author: AUTHOR })).toMatchObject({ kind: 'already-started' });
});

test('an item that waits for its time takes its place when that has come', async () => {
  await world.registerTarget();
  const [later] = await queueAs('someone', 1);
  await world.query("update queue set due = false, not_before = now() + interval '1 hour'");

  const early = await world.grantSlots();
  await world.query("update queue set not_before = now() - interval '1 second'");

  expect(early.grants).toEqual([]);
  expect(early.lookAgainInMs).toBeGreaterThan(3_000_000);
  expect(await granted()).toEqual([later]);
});

test('a limit of one submitter’s slots keeps only that one, and who waits is told of it', async () => {
  await world.registerTarget({ limits: { agentsMax: 50 } });
  const greedy = await queueAs('greedy', 4);
  const others = await queueAs('other', 3);
  await world.query(`update projects set policy = '{"slotsMaxBySubmitter": {"greedy": 1}}' where id = 'default'`);

  const first = await granted();
  const second = await granted();

  expect([shareOf(greedy, first), shareOf(others, first), second.length]).toEqual([1, 3, 0]);
  const [waiting = ''] = greedy.filter((workId) => !first.includes(workId));
  expect((await world.item(waiting)).reason).toBe('"greedy" is at the limit of slots in the project');
});

test('slots are counted by what they serve, and where', async () => {
  await world.registerTarget({ capabilities: ['build', 'test'], limits: { agentsMax: 50 } });
  const [builds, tests] = [await queueAs('someone', 3), await queueAs('someone', 3, { capability: 'test' })];
  await world.query(`update projects set policy = '{"slotsMaxByCapability": {"build": 2}, "slotsMaxByMechanism": {"local": 4}}' where id = 'default'`);

  const grants = [...(await granted()), ...(await granted())];

  expect([shareOf(builds, grants), shareOf(tests, grants)]).toEqual([2, 2]);
});

test('a target starts no more agents within a minute than it may, however many rounds there are', async () => {
  const { id } = await world.registerTarget({ limits: { agentsMax: 50, startsPerMinuteMax: 2 } });
  await queueAs('someone', 5);

  const first = await world.grantSlots();
  const second = await world.grantSlots();
  await world.query("update slots set state = 'released' where target_id = $1", [id]);
  const third = await world.grantSlots();

  expect([first.grants.length, second.grants.length]).toEqual([2, 0]);
  expect(second.lookAgainInMs).toBeLessThanOrEqual(60_000);
  // Grants that came to nothing were no starts.
  expect(third.grants).toHaveLength(2);
});

test('a target rests after a failed start for as long as it says', async () => {
  const { id } = await world.registerTarget({ limits: { agentsMax: 50, failedStartCooldownMs: 600_000 } });
  const writer = await world.queue();
  const grant = await world.grantTo(writer);
  const taken = await world.take(writer, grant);
  if (taken.kind !== 'taken') throw new Error(taken.reason);
  await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'spin-up-failed', message: 'no' });
  const [waiting = ''] = await queueAs('someone', 1);

  const resting = await world.grantSlots();
  const reason = (await world.item(waiting)).reason;
  await world.query("update targets set start_failed_at = now() - interval '11 minutes' where id = $1", [id]);

  expect(resting.grants).toEqual([]);
  expect(reason).toBe('every target for "build" rests after a failed start');
  expect(resting.lookAgainInMs).toBeLessThanOrEqual(600_000);
  expect(await granted()).toEqual([waiting]);
});
