import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import { AUTHOR } from '../../support/author.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

test('lists what is not settled, page by page, with what the reconciler judges by', async () => {
  const accepted = await world.submit({ deadline: '2031-01-01T00:00:00.000Z' });
  const writer = await world.queue();
  await world.ledger.work.requestCancel(writer.workId, 'no', AUTHOR);
  const settled = await world.queue();
  await world.ledger.transitions.settle(settled, { fence: 0, outcome: { kind: 'cancelled', reason: '' } });

  const first = await world.ledger.reconcile.listItems({ olderThanMs: 0, after: null, limit: 1 });
  const rest = await world.ledger.reconcile.listItems({ olderThanMs: 0, after: first[0]?.workId ?? null, limit: 10 });
  const young = await world.ledger.reconcile.listItems({ olderThanMs: 60_000, after: null, limit: 10 });

  const totalMs = accepted.limits.totalTimeoutMs;
  expect([...first, ...rest].sort((a, b) => Number(a.runId !== null) - Number(b.runId !== null))).toEqual([
    {
      workId: accepted.id,
      projectId: 'default',
      runId: null,
      holdsNothing: true,
      retries: 0,
      cancelReason: null,
      rejection: null,
      failedDependency: null,
      settleByMs: Date.parse(accepted.offeredAt) + totalMs,
    },
    {
      workId: writer.workId,
      projectId: 'default',
      runId: writer.runId,
      holdsNothing: true,
      retries: 0,
      cancelReason: 'no',
      rejection: null,
      failedDependency: null,
      settleByMs: expect.any(Number),
    },
  ]);
  expect(young).toEqual([]);
});

test('an item that waits holds something from the moment in which it was granted a slot', async () => {
  await world.registerTarget();
  const writer = await world.queue();
  const holdsNothing = async (): Promise<boolean | undefined> =>
    (await world.ledger.reconcile.listItems({ olderThanMs: 0, after: null, limit: 10 })).find(({ workId }) => workId === writer.workId)?.holdsNothing;

  const before = await holdsNothing();
  await world.grantTo(writer);

  expect([before, await holdsNothing()]).toEqual([true, false]);
});

test('an item whose workflow was ended is a dead letter, its slot is free and its agent is to be stopped', async () => {
  await world.registerTarget();
  const attempt = await world.work();
  const { workId, runId } = attempt.writer;

  const aftermath = await world.ledger.reconcile.settleTerminated({ workId, runId, message: 'terminated' });
  const again = await world.ledger.reconcile.settleTerminated({ workId, runId, message: 'terminated' });

  expect(aftermath).toMatchObject({ workId, stopSession: attempt.taken.agentGuid });
  expect(again).toBeNull();
  expect(await world.item(workId)).toMatchObject({ phase: 'dead-lettered', error: { code: 'terminated-by-operator', recoverable: true } });
  expect(await world.query("select 1 from slots where state <> 'released'")).toEqual([]);
  expect((await world.events(workId)).at(-1)).toBe('work:failed');
});

test('an item that was to be cancelled is cancelled when its workflow was ended', async () => {
  const writer = await world.queue();
  await world.ledger.work.requestCancel(writer.workId, 'no', AUTHOR);

  await world.ledger.reconcile.settleTerminated({ ...writer, message: 'terminated' });

  expect(await world.item(writer.workId)).toMatchObject({ phase: 'cancelled', reason: 'no' });
});

test('an item whose workflow was ended before it was ever seen is settled too', async () => {
  const { id } = await world.submit();

  expect(await world.ledger.reconcile.settleTerminated({ workId: id, runId: randomUUID(), message: 'terminated' })).not.toBeNull();
});

test('a row that another run owns by now is left alone', async () => {
  const writer = await world.queue();
  await world.ledger.transitions.admit({ workId: writer.workId, runId: randomUUID() }, true);

  expect(await world.ledger.reconcile.settleTerminated({ ...writer, message: 'terminated' })).toBeNull();
  expect(await world.item(writer.workId)).toMatchObject({ phase: 'waiting' });
});

test('a session whose workflow was ended gives back the lease to fail, and leaves the free set', async () => {
  await world.registerTarget();
  const attempt = await world.work();
  const { agentGuid } = attempt.taken;

  const lease = await world.ledger.reconcile.recordSessionTerminated(agentGuid, 'terminated');

  expect(lease).toMatchObject({ workId: attempt.writer.workId, taskToken: attempt.token });
  expect(await world.ledger.reconcile.listSessions({ olderThanMs: 0, after: null, limit: 10 })).toEqual([
    { guid: agentGuid, projectId: 'default', state: 'draining', hostGone: null, overdue: false },
  ]);
  await world.ledger.sessions.recordGone(agentGuid);
  expect(await world.ledger.reconcile.listSessions({ olderThanMs: 0, after: null, limit: 10 })).toEqual([]);
});
