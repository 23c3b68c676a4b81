import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { completed, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const DONE = { kind: 'completed', result: { summary: 'done', completedAt: '2030-01-01T00:00:00.000Z' } } as const;
const FAILURE = { kind: 'failed', failureClass: 'recoverable', message: 'exit 1', reportedByAgent: true } as const;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.registerTarget({ limits: { agentsMax: 500 } });
});
afterAll(() => world.close());

/** Everything that a transition could change; the sessions of other tests are free and may be granted, so only this item's. */
async function rowsOf(workId: string): Promise<unknown> {
  const [item] = await world.query('select * from work_items where id = $1', [workId]);
  const [slots, queue, leases, events, sessions] = await Promise.all([
    world.query('select * from slots where work_id = $1 order by fence', [workId]),
    world.query('select * from queue where work_id = $1', [workId]),
    world.query('select * from leases where work_id = $1', [workId]),
    world.query('select * from events where data ->> $2 = $1 order by id', [workId, 'workId']),
    world.query('select * from sessions where guid in (select agent_guid from slots where work_id = $1)', [workId]),
  ]);
  return { item, slots, queue, leases, events, sessions };
}

async function expectSame<T>(workId: string, transition: () => Promise<T>): Promise<void> {
  const told = await transition();
  const rows = await rowsOf(workId);
  expect(await transition()).toEqual(told);
  expect(await rowsOf(workId)).toEqual(rows);
}

test('a repeat changes nothing and is told the same: admit', async () => {
  const writer = { workId: (await world.submit()).id, runId: randomUUID() };
  await expectSame(writer.workId, () => world.ledger.transitions.admit(writer, false));
  await world.ledger.transitions.settle(writer, { fence: 0, outcome: { kind: 'cancelled', reason: '' } });
});

test('a repeat changes nothing and is told the same: take a grant, by the same run with whatever GUID it brings', async () => {
  const writer = await world.queue();
  const grant = await world.grantTo(writer);
  await expectSame(writer.workId, () => world.take(writer, grant));
});

test('a repeat changes nothing and is told the same: write a lease', async () => {
  const writer = await world.queue();
  const { taken } = await world.start(writer);
  const lease = { fence: taken.fence, awaitNo: 1, agentGuid: taken.agentGuid, taskToken: Buffer.from('t'), idleTimeoutMs: 1 };
  const written = await world.ledger.leases.writeLease(writer, lease);
  const { events } = (await rowsOf(writer.workId)) as { events: unknown[] };

  expect(await world.ledger.leases.writeLease(writer, lease)).toEqual(written);
  expect((await rowsOf(writer.workId)) as object).toMatchObject({ events });
});

test('a repeat changes nothing and is told the same: requeue', async () => {
  const attempt = await world.work({ priority: 1 });
  const step = { fence: 1, failure: FAILURE, delayMs: 60_000, reason: 'again', counted: true };
  await expectSame(attempt.writer.workId, () => world.ledger.transitions.requeue(attempt.writer, step));
});

test('a repeat changes nothing and is told the same: requeue of a slot that was only lost', async () => {
  const attempt = await world.work({ priority: 1 });
  const step = { fence: attempt.taken.fence, failure: null, delayMs: 60_000, reason: 'the agent did not take it', counted: false };
  await expectSame(attempt.writer.workId, () => world.ledger.transitions.requeue(attempt.writer, step));
});

test('a repeat changes nothing and is told the same: settle', async () => {
  const attempt = await world.work();
  await expectSame(attempt.writer.workId, () => world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: DONE }));
});

test('a repeated settle with another outcome is a bug that is seen', async () => {
  const attempt = await world.work();
  await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'no' } });

  const other = world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: DONE });

  await expect(other).rejects.toMatchObject({ code: 'EVENT_KEY_REUSED' });
  expect(await world.item(attempt.writer.workId)).toMatchObject({ phase: 'cancelled' });
});

describe('a completion that its agent has reported', () => {
  const ended = { kind: 'completed', result: { summary: 'done', completedAt: expect.any(String) } };

  test.each([
    { what: 'a cancel in Temporal', outcome: { kind: 'cancelled', reason: 'no' } as const },
    { what: 'a deadline', outcome: { kind: 'dead-lettered', reason: 'late', failureClass: 'deadline' } as const },
  ])('stands when its workflow has decided for $what meanwhile, every time it says so', async ({ outcome }) => {
    const attempt = await world.work();
    await world.ledger.leases.takeReport(completed(attempt));

    for (let times = 0; times < 2; times++) {
      expect(await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome })).toMatchObject({ ended });
    }
    expect(await world.item(attempt.writer.workId)).toMatchObject({ phase: 'completed', result: { summary: 'done' } });
  });

  test('stands when its workflow has judged the attempt as failed meanwhile', async () => {
    const attempt = await world.work();
    await world.ledger.leases.takeReport(completed(attempt));

    const step = { fence: 1, failure: null, delayMs: 0, reason: 'again', counted: false };

    expect(await world.ledger.transitions.requeue(attempt.writer, step)).toMatchObject({ ended });
    expect(await world.item(attempt.writer.workId)).toMatchObject({ phase: 'completed' });
  });

  test('is settled by its workflow as well without anything new', async () => {
    const attempt = await world.work();
    await world.ledger.leases.takeReport(completed(attempt));
    const before = await world.events(attempt.writer.workId);

    expect(await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: DONE })).not.toHaveProperty('ended');
    expect(await world.events(attempt.writer.workId)).toEqual(before);
  });
});
