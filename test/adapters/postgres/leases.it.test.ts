import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { completed, failed, openWorld, report } from './open-world.ts';
import type { Attempt, World } from './open-world.ts';
import { AUTHOR } from '../../support/author.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

async function working(): Promise<Attempt> {
  await world.registerTarget({ limits: { agentsMax: 100 } });
  return world.work();
}

function write(attempt: Pick<Attempt, 'writer' | 'taken'>, fields: { awaitNo?: number; token?: string; fence?: number; guid?: string; runId?: string } = {}) {
  const { writer, taken } = attempt;
  return world.ledger.leases.writeLease(
    { workId: writer.workId, runId: fields.runId ?? writer.runId },
    {
      fence: fields.fence ?? taken.fence,
      awaitNo: fields.awaitNo ?? 2,
      agentGuid: fields.guid ?? taken.agentGuid,
      taskToken: Buffer.from(fields.token ?? 'token'),
      idleTimeoutMs: 5000,
    },
  );
}

describe('a lease', () => {
  test('carries the assignment and the token to the agent of the slot', async () => {
    await world.registerTarget();
    const writer = await world.queue({ taskId: 'T-1', description: 'fix it', contextData: { a: 1 } });
    const { taken } = await world.start(writer);

    const { assignment, token } = await world.lease(writer, { taken });

    expect(assignment).toEqual({
      workId: writer.workId,
      projectId: 'default',
      guid: taken.agentGuid,
      fence: 1,
      runToken: expect.stringMatching(/^[0-9a-f]{64}$/),
      attempt: 1,
      taskId: 'T-1',
      capability: 'build',
      boundary: 'open-source',
      description: 'fix it',
      contextData: { a: 1 },
    });
    expect(await world.ledger.leases.findLease(writer.workId, 1)).toMatchObject({
      agentGuid: taken.agentGuid,
      awaitNo: 1,
      taskToken: token,
      idleTimeoutMs: 5000,
    });
  });

  test('leaves the item pending until the agent that is started for it has it', async () => {
    const target = await world.registerTarget();
    const writer = await world.queue();
    const { taken, grant } = await world.start(writer);
    const { assignment, token } = await world.lease(writer, { taken });

    const before = await world.item(writer.workId);
    await world.ledger.leases.takeReport(report({ writer, grant, taken, token, runToken: assignment.runToken }, { kind: 'claimed', seq: 1 }));
    const after = await world.item(writer.workId);

    expect(before).toMatchObject({ phase: 'starting', status: 'pending', reason: `starts an agent on "${target.name}"` });
    expect(before).not.toHaveProperty('assignedTo');
    expect(after).toMatchObject({ phase: 'working', status: 'in-progress', assignedTo: taken.agentGuid });
    expect((await world.events(writer.workId)).slice(-2)).toEqual(['work:assigned', 'work:started']);
  });

  test('is replaced by a later await of the same fence, and never by an earlier one', async () => {
    const attempt = await working();

    const later = await write(attempt, { awaitNo: 3, token: 'third' });
    const earlier = await write(attempt, { awaitNo: 2, token: 'second' });
    const other = await write(attempt, { awaitNo: 3, token: 'somebody else' });

    expect(later.kind).toBe('written');
    expect(earlier).toMatchObject({ kind: 'refused' });
    expect(other).toMatchObject({ kind: 'refused' });
    expect(await world.ledger.leases.findLease(attempt.writer.workId, 1)).toMatchObject({ awaitNo: 3, taskToken: Buffer.from('third') });
    expect((await world.events(attempt.writer.workId)).filter((type) => type === 'work:assigned')).toHaveLength(1);
  });

  test.each([
    ['another run', { runId: randomUUID() }],
    ['an older fence', { fence: 0 }],
    ['a fence that was never given', { fence: 2 }],
    ['another agent', { guid: randomUUID() }],
  ])('is refused to %s', async (_name, fields) => {
    const attempt = await working();

    expect(await write(attempt, fields)).toMatchObject({ kind: 'refused' });
  });

  test('is refused once the item is to be cancelled', async () => {
    const attempt = await working();
    await world.ledger.work.requestCancel(attempt.writer.workId, 'no', AUTHOR);

    expect(await write(attempt)).toEqual({ kind: 'refused', reason: 'the work item is to be cancelled' });
  });

  test('says that the start failed when the session ended before', async () => {
    await world.registerTarget();
    const writer = await world.queue();
    const taken = await world.take(writer, await world.grantTo(writer));
    if (taken.kind !== 'taken') throw new Error(taken.reason);
    await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'spin-up-failed', message: 'no such command' });

    expect(await write({ writer, taken })).toEqual({ kind: 'session-ended', cause: 'spin-up-failed', message: 'no such command' });
  });

  test('is only refused when a warm agent left before it was told', async () => {
    const first = await working();
    await world.ledger.leases.takeReport(completed(first));
    await world.ledger.transitions.settle(first.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });
    const writer = await world.queue();
    const taken = await world.take(writer, await world.grantTo(writer));
    if (taken.kind !== 'taken') throw new Error(taken.reason);
    await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'left', message: 'idle' });

    expect(await write({ writer, taken })).toEqual({ kind: 'refused', reason: 'the agent has left' });
  });
});

describe('a report', () => {
  test('moves the item to working and carries its progress', async () => {
    const attempt = await working();

    const verdict = await world.ledger.leases.takeReport(report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 40, message: 'half way' }));

    expect(verdict).toMatchObject({ kind: 'recorded', lease: { awaitNo: 1, taskToken: attempt.token } });
    expect(await world.item(attempt.writer.workId)).toMatchObject({ status: 'in-progress', progress: 40, progressMessage: 'half way' });
    expect((await world.events(attempt.writer.workId)).slice(-2)).toEqual(['work:started', 'work:progress']);
  });

  test('that comes twice is recorded once', async () => {
    const attempt = await working();
    const one = report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 40 });

    const verdicts = await Promise.all([1, 2, 3].map(() => world.ledger.leases.takeReport(one)));

    expect(verdicts.map(({ kind }) => kind).sort()).toEqual(['duplicate', 'duplicate', 'recorded']);
    expect((await world.events(attempt.writer.workId)).filter((type) => type === 'work:progress')).toHaveLength(1);
  });

  test('of a failure is final every time, until the item is settled', async () => {
    const attempt = await working();

    const [first, again] = [await world.ledger.leases.takeReport(failed(attempt)), await world.ledger.leases.takeReport(failed(attempt))];
    await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });

    expect(first).toMatchObject({ kind: 'final', lease: { awaitNo: 1 } });
    expect(again).toMatchObject({ kind: 'final', lease: { awaitNo: 1, taskToken: attempt.token } });
    expect(await world.ledger.leases.takeReport(failed(attempt))).toEqual({ kind: 'settled' });
  });

  test('under an older fence is recorded once and refused', async () => {
    const old = await working();
    await world.ledger.leases.takeReport(report<'progress'>(old, { kind: 'progress', seq: 2, progress: 10 }));
    await world.ledger.transitions.requeue(old.writer, { fence: 1, failure: null, delayMs: 0, reason: '', counted: false });
    const waiting = await world.ledger.leases.takeReport(completed(old, 7));
    await world.ledger.sessions.recordGone(old.taken.agentGuid);
    const next = await world.attempt(old.writer);

    const verdicts = [
      await world.ledger.leases.takeReport(completed(old, 8)),
      await world.ledger.leases.takeReport(completed(old, 8)),
      // Taken in its time, delivered again now.
      await world.ledger.leases.takeReport(report<'progress'>(old, { kind: 'progress', seq: 2, progress: 10 })),
    ];

    expect([waiting, ...verdicts].map(({ kind }) => kind)).toEqual(['stale', 'stale', 'stale', 'stale']);
    expect((await world.events(old.writer.workId)).filter((type) => type === 'work:report-refused')).toHaveLength(2);
    expect(await world.item(old.writer.workId)).toMatchObject({ phase: 'working', fence: 2, assignedTo: next.taken.agentGuid });
  });

  test('under an older fence is refused even when its item is settled', async () => {
    const old = await working();
    await world.ledger.transitions.requeue(old.writer, { fence: 1, failure: null, delayMs: 0, reason: '', counted: false });
    await world.ledger.sessions.recordGone(old.taken.agentGuid);
    const next = await world.attempt(old.writer);
    await world.ledger.transitions.settle(next.writer, { fence: 2, outcome: { kind: 'cancelled', reason: '' } });

    expect(await world.ledger.leases.takeReport(completed(old))).toEqual({ kind: 'stale' });
  });

  test('without the right token, item or agent is rejected and leaves no trace', async () => {
    const attempt = await working();
    const other = await world.work();
    const genuine = completed(attempt);
    const forgeries = [
      { ...genuine, runToken: 'f'.repeat(64) },
      { ...genuine, runToken: '' },
      { ...genuine, runToken: other.runToken },
      { ...genuine, fence: 2 },
      { ...genuine, guid: other.taken.agentGuid },
      { ...genuine, workId: other.writer.workId },
      { ...genuine, workId: randomUUID() },
      { ...genuine, projectId: 'other' },
    ];
    const events = await world.query('select count(*)::int from events');

    const verdicts = await Promise.all(forgeries.map((forgery) => world.ledger.leases.takeReport(forgery)));

    expect(verdicts.map(({ kind }) => kind)).toEqual(forgeries.map(() => 'rejected'));
    expect(await world.query('select count(*)::int from events')).toEqual(events);
  });

  test('of an agent that reports without end stops being recorded', async () => {
    const attempt = await working();

    await world.ledger.leases.takeReport(report<'progress'>(attempt, { kind: 'progress', seq: 10_001, progress: 99 }));

    expect(await world.events(attempt.writer.workId)).not.toContain('work:progress');
    expect(await world.item(attempt.writer.workId)).toMatchObject({ progress: 99 });
  });

  test('with text that PostgreSQL cannot store is taken and parked all the same', async () => {
    const attempt = await working();
    const odd = { ...completed(attempt), result: { summary: 'a\u0000b', output: { tail: '\ud800' }, completedAt: new Date().toISOString() } };

    const parked = await world.ledger.leases.parkReport(odd, { awaitNo: 1 });

    expect(parked).toEqual({ kind: 'parked' });
    expect(await write(attempt)).toMatchObject({ kind: 'parked', report: { result: { summary: 'a\ufffdb', output: { tail: '\ufffd' } } } });
  });
});

describe('a parked report', () => {
  test('waits for the next await, which then gets it instead of a lease', async () => {
    const attempt = await working();

    const parked = await world.ledger.leases.parkReport(failed(attempt), { awaitNo: 1 });

    expect(parked).toEqual({ kind: 'parked' });
    expect(await world.ledger.leases.hasParkedReport(attempt.writer.workId, 1)).toBe(true);
    expect(await write(attempt)).toMatchObject({ kind: 'parked', report: { kind: 'failed', message: 'exit 1' } });
    expect(await write(attempt)).toMatchObject({ kind: 'parked' });
  });

  test('is not parked when another await has the lease by now', async () => {
    const attempt = await working();
    await write(attempt, { awaitNo: 2, token: 'second' });

    expect(await world.ledger.leases.parkReport(completed(attempt), { awaitNo: 1 })).toMatchObject({ kind: 'lease-changed', lease: { awaitNo: 2 } });
    expect(await world.ledger.leases.parkReport(completed(attempt), null)).toMatchObject({ kind: 'lease-changed' });
    expect(await world.ledger.leases.hasParkedReport(attempt.writer.workId, 1)).toBe(false);
  });

  test('is not parked when its fence is over', async () => {
    const attempt = await working();
    await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });

    expect(await world.ledger.leases.parkReport(completed(attempt), { awaitNo: 1 })).toEqual({ kind: 'not-current' });
  });

  test('and a lease at once: one of them always gets the report', async () => {
    const attempts = [await working()];
    for (let index = 0; index < 9; index++) attempts.push(await world.work());

    const outcomes = await Promise.all(
      attempts.map(async (attempt) => {
        const [lease, parked] = await Promise.all([write(attempt, { awaitNo: 2 }), world.ledger.leases.parkReport(completed(attempt), { awaitNo: 1 })]);
        return `${lease.kind} and ${parked.kind}`;
      }),
    );

    for (const outcome of outcomes) expect(['written and lease-changed', 'parked and parked']).toContain(outcome);
  });
});
