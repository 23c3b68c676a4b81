import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { toEndedAttempt } from '../../../src/domain/agents/session-end.ts';
import { AUTHOR } from '../../support/author.ts';
import { completed, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterEach(() => world.clear());
afterAll(() => world.close());

const reassign = (workId: string) => world.ledger.work.requestReassign(workId, 'scaling down', AUTHOR);

async function audited(): Promise<number> {
  return (await world.query("select 1 from audit where action = 'work.reassign'")).length;
}

test('an item that is taken from its agent goes on elsewhere, and the try does not count', async () => {
  const first = await world.registerTarget();
  const attempt = await world.work();
  const second = await world.registerTarget();

  expect(await reassign(attempt.writer.workId)).toEqual({ kind: 'taken-back', agentGuid: attempt.taken.agentGuid });
  expect(await world.sessionState(attempt.taken.agentGuid)).toBe('draining');
  // What the session's workflow does when it is told, or found by the reconciler.
  const lease = await world.ledger.sessions.recordEnding(attempt.taken.agentGuid, { cause: 'stopped', message: 'reassigned' });
  expect(lease).toMatchObject({ workId: attempt.writer.workId, fence: attempt.taken.fence });
  const failure = toEndedAttempt('stopped', 'reassigned');
  await world.ledger.transitions.requeue(attempt.writer, { fence: attempt.taken.fence, failure, delayMs: 0, reason: 'interrupted', counted: false });
  await world.ledger.sessions.recordGone(attempt.taken.agentGuid);

  const again = await world.grantTo(attempt.writer);
  expect(attempt.grant.choice).toMatchObject({ targetId: first.id });
  expect(again.choice).toEqual({ kind: 'start', targetId: second.id });
  expect(again.fence).toBe(attempt.taken.fence + 1);
  expect(await world.item(attempt.writer.workId)).toMatchObject({ attempts: 0, phase: 'waiting' });
  expect(await audited()).toBe(1);
});

test('an item that nobody has goes on waiting', async () => {
  const writer = await world.queue();

  expect(await reassign(writer.workId)).toEqual({ kind: 'waits' });
  expect(await audited()).toBe(0);
});

test('a result that comes before the agent has gone wins', async () => {
  await world.registerTarget();
  const attempt = await world.work();
  await reassign(attempt.writer.workId);

  expect(await world.ledger.leases.takeReport(completed(attempt))).toMatchObject({ kind: 'completed', aftermath: { stopSession: null } });
});

test('asked again it says the same; the agent is on its way out once', async () => {
  await world.registerTarget();
  const attempt = await world.work();
  await reassign(attempt.writer.workId);

  expect(await reassign(attempt.writer.workId)).toEqual({ kind: 'taken-back', agentGuid: attempt.taken.agentGuid });
});

test('what has ended, is being cancelled or does not exist is said to be so', async () => {
  await world.registerTarget();
  const cancelling = await world.work();
  await world.ledger.work.requestCancel(cancelling.writer.workId, 'stop', AUTHOR);
  const ended = await world.queue();
  await world.ledger.transitions.settle(ended, { fence: 0, outcome: { kind: 'cancelled', reason: 'stop' } });

  expect(await reassign(cancelling.writer.workId)).toEqual({ kind: 'cancelling' });
  expect(await reassign(ended.workId)).toEqual({ kind: 'already-settled', status: 'cancelled' });
  expect(await reassign('7d9a0a3e-1111-4222-8333-444455556666')).toEqual({ kind: 'not-found' });
  expect(await world.sessionState(cancelling.taken.agentGuid)).toBe('busy');
});
