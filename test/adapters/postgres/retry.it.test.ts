import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { completed, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterEach(() => world.clear());
afterAll(() => world.close());

const retry = (workId: string, deadline?: string | null) =>
  world.ledger.work.retry(workId, { author: AUTHOR, ...(deadline === undefined ? {} : { deadline }) });

async function deadLetter(): Promise<Writer> {
  await world.registerTarget();
  const attempt = await world.work();
  await world.ledger.transitions.settle(attempt.writer, {
    fence: attempt.taken.fence,
    outcome: { kind: 'dead-lettered', reason: 'all attempts failed', failureClass: 'recoverable' },
  });
  await world.ledger.sessions.recordGone(attempt.taken.agentGuid);
  return attempt.writer;
}

describe('an item that is driven again', () => {
  test('is accepted as if new, with its history behind it', async () => {
    const { workId } = await deadLetter();

    const result = await retry(workId);

    expect(result).toMatchObject({
      kind: 'retried',
      item: { phase: 'accepted', status: 'pending', attempts: 0, attemptsTotal: 1, retries: 1, fence: 1 },
    });
    const item = await world.item(workId);
    for (const gone of ['error', 'assignedTo', 'assignedToAgent', 'progress']) expect(item).not.toHaveProperty(gone);
    expect(await world.events(workId)).toEqual(expect.arrayContaining(['work:failed', 'work:retried']));
    expect(await world.query("select before, after from audit where action = 'work.retry'")).toEqual([
      { before: { phase: 'dead-lettered', attempts: 1 }, after: { retry: 1 } },
    ]);
  });

  test('is found by the sweeper, should nobody have started it', async () => {
    const { workId } = await deadLetter();

    await retry(workId);

    expect(await world.ledger.work.findUnstarted({ olderThanMs: 0, limit: 10 })).toMatchObject([{ id: workId, retries: 1 }]);
    expect(await world.ledger.reconcile.listItems({ olderThanMs: 0, after: null, limit: 10 })).toMatchObject([{ workId, runId: null, retries: 1 }]);
  });

  test('belongs to a new run, under a fence that was never used, and attempts count anew', async () => {
    const old = await deadLetter();
    await retry(old.workId);

    const writer = { workId: old.workId, runId: randomUUID() };
    expect((await world.ledger.transitions.admit(writer, false)).result).toMatchObject({ kind: 'queued', brief: { attempts: 0 } });
    const attempt = await world.attempt(writer);

    expect([attempt.taken.fence, attempt.taken.attempt]).toEqual([2, 1]);
    expect(await world.item(writer.workId)).toMatchObject({ attempts: 1, attemptsTotal: 2 });
    await world.ledger.leases.takeReport(completed(attempt));
    await world.ledger.transitions.settle(writer, { fence: 2, outcome: { kind: 'completed', result: { completedAt: new Date().toISOString() } } });
    expect(await world.item(writer.workId)).toMatchObject({ phase: 'completed', result: { summary: 'done' } });
    await expect(world.ledger.transitions.settle(old, { fence: 1, outcome: { kind: 'cancelled', reason: 'late' } })).rejects.toMatchObject({
      code: 'STALE_RUN',
    });
  });

  test('has its total time from now on', async () => {
    const { workId } = await deadLetter();
    await world.query("update work_items set offered_at = now() - interval '100 days' where id = $1", [workId]);

    await retry(workId);

    const [holder] = await world.ledger.reconcile.listItems({ olderThanMs: 0, after: null, limit: 10 });
    expect(holder?.settleByMs).toBeGreaterThan(Date.now());
    const { result } = await world.ledger.transitions.admit({ workId, runId: randomUUID() }, false);
    expect(result.kind === 'queued' && result.brief.acceptedAtMs > Date.now() - 60_000).toBe(true);
  });

  test('by two at once is driven once', async () => {
    const { workId } = await deadLetter();

    const kinds = (await Promise.all([retry(workId), retry(workId), retry(workId)])).map(({ kind }) => kind);

    expect([...kinds].sort()).toEqual(['not-failed', 'not-failed', 'retried']);
    expect(await world.item(workId)).toMatchObject({ retries: 1 });
  });

  test('can fail, be driven and be cancelled again', async () => {
    const { workId } = await deadLetter();
    for (const n of [1, 2]) {
      await retry(workId);
      await world.ledger.work.requestCancel(workId, `stop ${String(n)}`, AUTHOR);
      await world.query("update work_items set phase = 'dead-lettered' where id = $1", [workId]);
    }

    expect((await retry(workId)).kind).toBe('retried');
    expect(await world.item(workId)).not.toHaveProperty('cancelRequestedAt');
    expect((await world.events(workId)).filter((type) => type === 'work:cancel-requested')).toHaveLength(2);
  });

  test('past its deadline needs another one, or none', async () => {
    const late = await deadLetter();
    await world.query("update work_items set deadline = '2020-01-01' where id = $1", [late.workId]);

    expect((await retry(late.workId)).kind).toBe('deadline-passed');
    expect((await retry(late.workId, '2021-01-01T00:00:00.000Z')).kind).toBe('deadline-passed');
    expect(await retry(late.workId, null)).toMatchObject({ kind: 'retried' });
    expect(await world.item(late.workId)).not.toHaveProperty('deadline');
  });
});

test('what has not failed is not driven again', async () => {
  const item = await world.submit();

  expect(await retry(item.id)).toMatchObject({ kind: 'not-failed', item: { status: 'pending' } });
  expect(await retry(randomUUID())).toEqual({ kind: 'not-found' });
});

describe('an item that waits', () => {
  test('moves in the queue with its priority, and says what was changed', async () => {
    const target = await world.registerTarget({ limits: { agentsMax: 1 } });
    const first = await world.queue({ priority: 5 });
    const second = await world.queue({ priority: 5 });

    const updated = await world.ledger.work.update(second.workId, { change: { priority: 9, deadline: '2100-01-01T02:00:00+02:00' }, author: AUTHOR });

    expect(updated).toMatchObject({ kind: 'updated', item: { priority: 9, deadline: '2100-01-01T00:00:00.000Z' } });
    const round = await world.grantSlots();
    expect(round.grants).toMatchObject([{ workId: second.workId, choice: { kind: 'start', targetId: target.id } }]);
    expect((await world.item(first.workId)).phase).toBe('waiting');
    const before = { priority: 5, deadline: null };
    const after = { priority: 9, deadline: '2100-01-01T00:00:00.000Z' };
    const events = await world.ledger.work.eventsOf(second.workId, { afterSeq: 0, limit: 100 });
    expect(events.find(({ type }) => type === 'work:updated')?.data).toMatchObject({ workId: second.workId, before, after });
    expect(await world.query("select before, after from audit where action = 'work.update'")).toEqual([{ before, after }]);
  });

  test('that is changed to what it is says nothing; changed to and fro, it says so each time', async () => {
    const { id } = await world.submit({ priority: 5 });
    const to = (priority: number) => world.ledger.work.update(id, { change: { priority }, author: AUTHOR });

    expect((await to(5)).kind).toBe('unchanged');
    for (const priority of [6, 5, 6]) expect((await to(priority)).kind).toBe('updated');

    expect((await world.events(id)).filter((type) => type === 'work:updated')).toHaveLength(3);
  });

  test('past its deadline is given no agent, and is known to the reconciler as expired; a later one brings it back', async () => {
    await world.registerTarget();
    const { workId } = await world.queue();
    const setDeadline = (deadline: string | null) => world.ledger.work.update(workId, { change: { deadline }, author: AUTHOR });

    expect((await setDeadline('2020-01-01T00:00:00.000Z')).kind).toBe('no-time-left');
    await world.query("update work_items set deadline = '2020-01-01T00:00:00Z' where id = $1", [workId]);
    expect((await world.grantSlots()).grants).toEqual([]);
    const [holder] = await world.ledger.reconcile.listItems({ olderThanMs: 0, after: null, limit: 10 });
    expect(holder?.settleByMs).toBe(Date.parse('2020-01-01T00:00:00.000Z'));
    await setDeadline(null);

    expect((await world.grantSlots()).grants).toMatchObject([{ workId }]);
  });
});

test('an item that has ended is not changed', async () => {
  const { workId } = await deadLetter();

  expect(await world.ledger.work.update(workId, { change: { priority: 9 }, author: AUTHOR })).toMatchObject({ kind: 'already-settled', item: { priority: 5 } });
});
