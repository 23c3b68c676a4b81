import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AttemptFailure } from '../../../src/domain/work/outcome.ts';
import type { Attempt, World } from './open-world.ts';
import { completed, failed, openWorld } from './open-world.ts';
import { AUTHOR } from '../../support/author.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.registerTarget({ name: 'pool', limits: { agentsMax: 500 } });
});
afterAll(() => world.close());

const DONE = { kind: 'completed', result: { summary: 'done', completedAt: '2030-01-01T00:00:00.000Z' } } as const;

function failure(fields: Partial<AttemptFailure> = {}): AttemptFailure {
  return { kind: 'failed', failureClass: 'recoverable', message: 'exit 1', reportedByAgent: true, ...fields };
}

function requeue(attempt: Attempt, fields: Partial<AttemptFailure> = {}, counted = true) {
  return world.ledger.transitions.requeue(attempt.writer, {
    fence: attempt.taken.fence,
    failure: failure(fields),
    delayMs: 0,
    reason: 'again',
    counted,
  });
}

test('an item goes from submit to completed, and its events tell so', async () => {
  const attempt = await world.work();
  const reported = { summary: 'done', output: { tail: 'all 12 tests pass' }, completedAt: '2030-01-01T00:00:00.000Z' };
  const verdict = await world.ledger.leases.takeReport({ ...completed(attempt), result: reported });
  const told = { stopSession: null, settledAgent: { guid: attempt.taken.agentGuid, fence: 1 } };
  const aftermath = await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: DONE });

  expect(verdict).toMatchObject({ kind: 'completed', taskToken: attempt.token, aftermath: told });
  expect(aftermath).toMatchObject(told);
  expect(await world.item(attempt.writer.workId)).toMatchObject({ status: 'completed', attempts: 1, fence: 1, result: reported });
  expect(await world.events(attempt.writer.workId)).toEqual([
    'work:submitted',
    'work:queued',
    'work:granted',
    'spin-up:triggered',
    'work:assigned',
    'work:started',
    'work:completed',
  ]);
  expect(await world.sessionState(attempt.taken.agentGuid)).toBe('free');
});

describe('a run that the row does not know', () => {
  test('writes nothing', async () => {
    const attempt = await world.work();
    const stale = { workId: attempt.writer.workId, runId: randomUUID() };
    const calls = [
      world.ledger.transitions.admit(stale, false),
      world.take(stale, attempt.grant),
      world.ledger.transitions.requeue(stale, { fence: 1, failure: failure(), delayMs: 0, reason: '', counted: true }),
      world.ledger.transitions.settle(stale, { fence: 1, outcome: DONE }),
    ];

    const results = await Promise.allSettled(calls);

    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STALE_RUN' } });
    expect(await world.item(attempt.writer.workId)).toMatchObject({ phase: 'working', fence: 1 });
  });

  test('takes over when Temporal calls it the current one, with a new fence and nothing of the old run', async () => {
    const attempt = await world.work();
    const { workId } = attempt.writer;
    const next = { workId, runId: randomUUID() };

    const admission = await world.ledger.transitions.admit(next, true);
    const again = await world.ledger.transitions.admit(next, true);

    expect(admission).toMatchObject({ result: { kind: 'queued', brief: { attempts: 0 } }, aftermath: { stopSession: attempt.taken.agentGuid } });
    expect(again).toEqual(admission);
    expect(await world.sessionState(attempt.taken.agentGuid)).toBe('draining');
    expect(await world.ledger.leases.findLease(workId, 1)).toBeNull();
    await expect(world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: DONE })).rejects.toMatchObject({ code: 'STALE_RUN' });
    await world.ledger.sessions.recordGone(attempt.taken.agentGuid);
    expect((await world.attempt(next)).taken).toMatchObject({ fence: 2, attempt: 1 });
  });

  test('finds a settled item settled', async () => {
    const attempt = await world.work();
    await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: DONE });

    const admission = await world.ledger.transitions.admit({ workId: attempt.writer.workId, runId: randomUUID() }, false);

    expect(admission.result).toEqual({ kind: 'already-settled' });
  });
});

test('admit says when the boundary forbids what the submitter requires', async () => {
  const item = await world.submit({ boundary: 'corporate', requiredAgentType: 'claude-code' });

  const { result } = await world.ledger.transitions.admit({ workId: item.id, runId: randomUUID() }, false);

  expect(result).toMatchObject({ kind: 'forbidden' });
  expect(await world.query('select 1 from queue where work_id = $1', [item.id])).toEqual([]);
});

test('admit of an item that was cancelled before it began says so', async () => {
  const item = await world.submit();
  await world.ledger.work.requestCancel(item.id, 'never mind', AUTHOR);

  const { result } = await world.ledger.transitions.admit({ workId: item.id, runId: randomUUID() }, false);

  expect(result).toEqual({ kind: 'cancel-requested', reason: 'never mind' });
});

describe('after a failed attempt', () => {
  test('an agent that reported its failure is free, and the item waits for its next try', async () => {
    const attempt = await world.work({ priority: 1 });
    await world.ledger.leases.takeReport(failed(attempt));

    const aftermath = await requeue(attempt);

    expect(aftermath).toMatchObject({ stopSession: null, settledAgent: { guid: attempt.taken.agentGuid, fence: 1 } });
    expect(await world.sessionState(attempt.taken.agentGuid)).toBe('free');
    const item = await world.item(attempt.writer.workId);
    expect(item).toMatchObject({ phase: 'waiting', reason: 'again', attempts: 1 });
    expect(item.assignedTo).toBeUndefined();
    expect(await world.events(attempt.writer.workId)).toContain('work:attempt-failed');
  });

  test('an agent that still works on the fence must be stopped, and is waited for until it is gone', async () => {
    const attempt = await world.work({ priority: 10 });
    const { workId } = attempt.writer;

    const aftermath = await requeue(attempt, { failureClass: 'idle', reportedByAgent: false });
    await world.grantSlots();
    const before = await world.item(workId);
    await world.ledger.sessions.recordGone(attempt.taken.agentGuid);
    const grant = await world.grantTo(attempt.writer);

    expect(aftermath).toMatchObject({ stopSession: attempt.taken.agentGuid, settledAgent: null });
    expect(before.reason).toBe('waits until the agent of the last attempt is verified gone');
    expect(grant.fence).toBe(2);
  });

  test('an item that allows overlap does not wait for the old agent', async () => {
    const attempt = await world.work({ limits: { overlapAllowed: true } as never });

    await requeue(attempt, { failureClass: 'lost', reportedByAgent: false });

    expect((await world.grantTo(attempt.writer)).fence).toBe(2);
  });

  test('an agent that was told to leave is not handed out again', async () => {
    const attempt = await world.work();
    await world.ledger.leases.takeReport(failed(attempt, { interrupted: true }));

    const aftermath = await requeue(attempt, { failureClass: 'interrupted' }, false);

    expect(aftermath.stopSession).toBe(attempt.taken.agentGuid);
    expect(await world.sessionState(attempt.taken.agentGuid)).toBe('draining');
    expect(await world.item(attempt.writer.workId)).toMatchObject({ attempts: 0 });
    expect(await world.query('select interruptions from work_items where id = $1', [attempt.writer.workId])).toEqual([{ interruptions: 1 }]);
  });

  test('a backoff keeps it from being granted, and the round says when to look again', async () => {
    const attempt = await world.work();
    await world.ledger.leases.takeReport(failed(attempt));
    await world.ledger.transitions.requeue(attempt.writer, { fence: 1, failure: failure(), delayMs: 30_000, reason: 'soon', counted: true });

    const round = await world.grantSlots();

    expect(round.grants.map(({ workId }) => workId)).not.toContain(attempt.writer.workId);
    expect(round.lookAgainInMs).toBeLessThanOrEqual(30_000);
    expect(await world.item(attempt.writer.workId)).toMatchObject({ reason: 'soon' });
  });
});

describe('settle', () => {
  test('writes why an item is a dead letter, and stops an agent that still works on it', async () => {
    const attempt = await world.work();

    const aftermath = await world.ledger.transitions.settle(attempt.writer, {
      fence: 1,
      outcome: { kind: 'dead-lettered', reason: 'all 3 attempts failed', failureClass: 'idle' },
    });

    expect(aftermath.stopSession).toBe(attempt.taken.agentGuid);
    const { error, ...item } = await world.item(attempt.writer.workId);
    expect(item).toMatchObject({ status: 'failed', phase: 'dead-lettered', reason: 'all 3 attempts failed' });
    expect(error).toMatchObject({ message: 'all 3 attempts failed', code: 'idle', recoverable: true });
    expect((await world.events(attempt.writer.workId)).at(-1)).toBe('work:failed');
  });

  test('frees an agent that was never told of the item', async () => {
    const writer = await world.queue();
    const { taken } = await world.start(writer);

    const aftermath = await world.ledger.transitions.settle(writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'no' } });

    expect(aftermath).toMatchObject({ stopSession: null, settledAgent: null });
    expect(await world.sessionState(taken.agentGuid)).toBe('free');
  });

  test('stops an agent that has not registered yet', async () => {
    await world.query("update sessions set state = 'gone', free_since = null where state = 'free'");
    const writer = await world.queue();
    const taken = await world.take(writer, await world.grantTo(writer));
    if (taken.kind !== 'taken') throw new Error(taken.reason);

    const aftermath = await world.ledger.transitions.settle(writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'no' } });

    expect(aftermath.stopSession).toBe(taken.agentGuid);
    expect(await world.ledger.sessions.findForSpinUp(taken.agentGuid)).toBeNull();
  });

  test('leaves nothing behind: no slot, lease, queue row or parked report', async () => {
    const attempt = await world.work();
    await world.ledger.leases.parkReport(completed(attempt), { awaitNo: 1 });

    await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'no' } });

    for (const table of ['queue', 'leases', 'parked_reports']) {
      expect(await world.query(`select 1 from ${table} where work_id = $1`, [attempt.writer.workId])).toEqual([]);
    }
    expect(await world.query("select 1 from slots where work_id = $1 and state <> 'released'", [attempt.writer.workId])).toEqual([]);
  });
});

test('event numbers of an item have no gap, whoever writes at once', async () => {
  const attempt = await world.work();
  const { workId } = attempt.writer;

  await Promise.all([
    ...Array.from({ length: 20 }, (_, index) =>
      world.ledger.leases.takeReport({ ...completed(attempt), kind: 'progress', seq: index + 20, progress: index } as never),
    ),
    world.ledger.work.requestCancel(workId, 'enough', AUTHOR),
    world.ledger.sessions.recordEnding(attempt.taken.agentGuid, { cause: 'lost', message: 'silent' }),
  ]);

  const seqs = (await world.ledger.work.eventsOf(workId, { afterSeq: 0, limit: 100 })).map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: 27 }, (_, index) => index + 1));
});
