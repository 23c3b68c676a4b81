import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AttemptFailure, FailureClass } from '../../../src/domain/work/outcome.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { openWorld } from './open-world.ts';
import type { Attempt, World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterEach(() => world.clear());
afterAll(() => world.close());

function failure(failureClass: FailureClass): AttemptFailure {
  return { kind: 'failed', failureClass, message: 'no such program', reportedByAgent: false };
}

/** Granted and taken; its agent cannot be started. Returns where. */
async function failToStart(writer: Writer, fence: number): Promise<string | null> {
  const grant = await world.grantTo(writer);
  const taken = await world.take(writer, grant);
  if (taken.kind !== 'taken') throw new Error(taken.reason);
  await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'spin-up-failed', message: 'no such command' });
  await world.ledger.sessions.recordGone(taken.agentGuid);
  const step = { fence, failure: failure('spin-up'), delayMs: 0, reason: 'again', counted: true };
  await world.ledger.transitions.requeue(writer, step);
  return grant.choice.targetId;
}

test('a failed start sends the next try to where none has failed, and then to where one failed first', async () => {
  const ids = await Promise.all(['a', 'b', 'c'].map(async (name) => (await world.registerTarget({ name: `start-${name}`, capabilities: ['elsewhere'] })).id));
  const writer = await world.queue({ capability: 'elsewhere' });

  const tried: unknown[] = [];
  for (let fence = 1; fence <= 5; fence++) tried.push(await failToStart(writer, fence));

  expect(tried.slice(0, 3).sort()).toEqual([...ids].sort());
  expect(tried.slice(3)).toEqual(tried.slice(0, 2));
});

test('an item that is driven again forgets where it could not start', async () => {
  await Promise.all(['d', 'e'].map((name) => world.registerTarget({ name: `start-${name}`, capabilities: ['forgotten'] })));
  const writer = await world.queue({ capability: 'forgotten' });
  const first = await failToStart(writer, 1);
  await world.ledger.transitions.settle(writer, { fence: 1, outcome: { kind: 'dead-lettered', reason: 'enough', failureClass: 'spin-up' } });
  await world.ledger.work.retry(writer.workId, { author: AUTHOR });
  const again = { workId: writer.workId, runId: randomUUID() };
  await world.ledger.transitions.admit(again, false);

  expect(await failToStart(again, 2)).toBe(first);
  expect(await world.query('select cardinality(failed_target_ids) as many from queue where work_id = $1', [writer.workId])).toEqual([{ many: 1 }]);
});

describe('a project’s own rules of retries', () => {
  test('come with the slot, as they are when it is taken', async () => {
    await world.registerTarget();
    const first = await world.start(await world.queue());
    const waiting = await world.queue();
    const grant = await world.grantTo(waiting);

    const policy = { retry: { timeout: { attemptsMax: 1 } } };
    const update = { version: (await world.ledger.projects.find('default'))?.version ?? 0, policy };
    await world.ledger.projects.update({ projectId: 'default', update, mayChangeQuota: true }, AUTHOR);

    expect(first.taken).not.toHaveProperty('retry');
    expect(await world.take(waiting, grant)).toMatchObject({ kind: 'taken', ...policy });
  });
});

describe('a target without capacity', () => {
  test('costs the item no attempt, and leaves it its place in the queue', async () => {
    await world.registerTarget();
    const attempt = await world.work();
    const place = () => world.query<{ enqueued_at: Date }>('select enqueued_at from queue where work_id = $1', [attempt.writer.workId]);

    const refused = failure('capacity');
    await world.ledger.transitions.requeue(attempt.writer, { fence: 1, failure: refused, delayMs: 5000, reason: 'capacity: no room', counted: false });

    const { attempts, offeredAt } = await world.item(attempt.writer.workId);
    expect([attempts, (await place())[0]?.enqueued_at.toISOString()]).toEqual([0, offeredAt]);
  });
});

describe('the attempts of an item', () => {
  const attemptsOf = (workId: string, page = { beforeFence: 2_147_483_647, limit: 100 }) => world.ledger.work.attemptsOf(workId, page);
  const requeue = (attempt: Attempt, step: { failure: AttemptFailure | null; reason: string; counted: boolean }) =>
    world.ledger.transitions.requeue(attempt.writer, { fence: attempt.taken.fence, delayMs: 0, ...step });

  test('say where each was made and how it ended, those of an earlier drive included', async () => {
    const target = await world.registerTarget({ name: 'here' });
    const writer = await world.queue();
    await failToStart(writer, 1);
    const refused = await world.attempt(writer);
    await requeue(refused, { failure: null, reason: 'the agent is busy', counted: false });
    await world.ledger.sessions.recordGone(refused.taken.agentGuid);
    const last = await world.attempt(writer);
    const outcome = { kind: 'dead-lettered', reason: 'all attempts failed', failureClass: 'idle' } as const;
    await world.ledger.transitions.settle(writer, { fence: 3, outcome });
    await world.ledger.sessions.recordGone(last.taken.agentGuid);
    await world.ledger.work.retry(writer.workId, { author: AUTHOR });
    const again = { workId: writer.workId, runId: randomUUID() };
    await world.ledger.transitions.admit(again, false);
    const current = await world.attempt(again);

    const attempts = await attemptsOf(writer.workId);

    const where = { targetId: target.id, targetName: 'here', startedAt: expect.any(String) };
    const ended = { ...where, endedAt: expect.any(String) };
    expect(attempts).toEqual([
      { ...where, attempt: 1, fence: 4, agentGuid: current.taken.agentGuid, outcome: 'under-way', counted: true },
      {
        ...ended,
        attempt: 2,
        fence: 3,
        agentGuid: last.taken.agentGuid,
        outcome: 'failed',
        counted: true,
        failureClass: 'idle',
        message: 'all attempts failed',
      },
      { ...ended, attempt: 2, fence: 2, agentGuid: refused.taken.agentGuid, outcome: 'refused', counted: false, message: 'the agent is busy', retryInMs: 0 },
      {
        ...ended,
        attempt: 1,
        fence: 1,
        agentGuid: expect.any(String),
        outcome: 'failed',
        counted: true,
        failureClass: 'spin-up',
        message: 'no such program',
        retryInMs: 0,
      },
    ]);
    expect((await attemptsOf(writer.workId, { beforeFence: 4, limit: 2 })).map(({ fence }) => fence)).toEqual([3, 2]);
  });

  test('keep the end of the last one when the item is cancelled, or runs out of time, while it waits', async () => {
    await world.registerTarget();
    const writer = await world.queue();
    await failToStart(writer, 1);
    await world.ledger.transitions.settle(writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'enough' } });

    expect(await attemptsOf(writer.workId)).toMatchObject([{ fence: 1, outcome: 'failed', failureClass: 'spin-up' }]);
  });

  test('are none before the first', async () => {
    expect(await attemptsOf((await world.queue()).workId)).toEqual([]);
  });
});
