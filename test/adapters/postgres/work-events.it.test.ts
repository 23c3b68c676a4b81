import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WeftEvent } from '../../../src/domain/events/event.ts';
import { AUTHOR } from '../../support/author.ts';
import { completed, openWorld, report } from './open-world.ts';
import type { Attempt, World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.registerTarget();
});

afterAll(() => world.close());

async function dataOf(workId: string, type: WeftEvent['type']): Promise<WeftEvent['data'] | undefined> {
  return (await world.ledger.work.eventsOf(workId, { afterSeq: 0, limit: 100 })).find((event) => event.type === type)?.data;
}

/** What every event says that has an agent. */
function agentOf({ taken }: Attempt): object {
  const assignedToAgent = { guid: taken.agentGuid, agentType: 'claude-code', handle: `claude-code-${taken.agentGuid.slice(0, 8)}`, hostname: 'test-host' };
  return { assignedTo: taken.agentGuid, assignedToAgent };
}

test('the events of an item that is completed say all that older clients read', async () => {
  const attempt = await world.work({ taskId: 'T-1', priority: 7, description: 'do it' });
  const { workId } = attempt.writer;
  await world.ledger.leases.takeReport(report<'progress'>(attempt, { kind: 'progress', seq: 2, progress: 40, message: 'half way' }));
  await world.ledger.leases.takeReport(completed(attempt));

  const common = { workId, taskId: 'T-1', capability: 'build', boundary: 'open-source' };
  const agent = agentOf(attempt);
  expect(await dataOf(workId, 'work:submitted')).toEqual({ ...common, priority: 7, description: 'do it' });
  expect(await dataOf(workId, 'work:assigned')).toEqual({ ...common, ...agent, priority: 7, attempt: 1 });
  expect(await dataOf(workId, 'work:started')).toEqual({ ...common, ...agent });
  expect(await dataOf(workId, 'work:progress')).toEqual({ ...common, ...agent, progress: 40, message: 'half way' });
  expect(await dataOf(workId, 'work:completed')).toEqual({ ...common, ...agent, priority: 7, attempts: 1, summary: 'done' });
});

test('the item says which agent has it, and which one had it when it ended', async () => {
  const attempt = await world.work();
  const { workId } = attempt.writer;

  expect(await world.item(workId)).toMatchObject(agentOf(attempt));

  await world.ledger.transitions.settle(attempt.writer, {
    fence: attempt.taken.fence,
    outcome: { kind: 'dead-lettered', reason: 'no way', failureClass: 'fatal' },
  });
  expect(await world.item(workId)).toMatchObject(agentOf(attempt));
  expect(await dataOf(workId, 'work:failed')).toMatchObject({ ...agentOf(attempt), errorMessage: 'no way', recoverable: false, boundary: 'open-source' });
});

test('an item that nobody has names no agent, nor does the event of its cancellation', async () => {
  const writer = await world.queue({ capability: 'nobody-can' });
  await world.ledger.work.requestCancel(writer.workId, 'not needed', AUTHOR);
  await world.ledger.transitions.settle(writer, { fence: 0, outcome: { kind: 'cancelled', reason: 'not needed' } });

  expect(await world.item(writer.workId)).not.toHaveProperty('assignedToAgent');
  const data = await dataOf(writer.workId, 'work:cancelled');
  expect(data).toMatchObject({ workId: writer.workId, taskId: expect.any(String), reason: 'not needed', capability: 'nobody-can' });
  expect(data).not.toHaveProperty('assignedTo');
});
