import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ContractEvent, isContractEventName } from '../../../src/domain/events/contract-events.ts';
import { toOutwardEvent } from '../../../src/domain/events/to-outward-event.ts';
import type { PositionedEvent } from '../../../src/ports/ledger/event-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { completed, failed, openWorld, report } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

afterEach(() => world.clear());

afterAll(() => world.close());

async function giveAllPositions(): Promise<void> {
  const leader = await world.ledger.events.lead();
  if (leader === null) throw new Error('another relay leads');
  await leader.assignPositions(1000);
  await leader.close();
}

async function all(): Promise<readonly PositionedEvent[]> {
  await giveAllPositions();
  return world.ledger.history.readAfter({ after: 0, limit: 1000 }, { projects: 'all' });
}

test('every event that the contract knows has its form, whatever happened to items, agents and targets', async () => {
  await world.registerTarget({ name: 'kept' });
  await world.registerTarget({ name: 'removed' });
  await world.ledger.targets.remove({ idOrName: 'removed', first: 'default', projects: ['default'] }, AUTHOR);
  const done = await world.work({ description: 'Paint the shed.' });
  await world.ledger.leases.takeReport(report<'progress'>(done, { kind: 'progress', seq: 2, progress: 40 }));
  await world.ledger.leases.takeReport(completed(done, 3));
  await world.ledger.transitions.settle(done.writer, {
    fence: done.taken.fence,
    outcome: { kind: 'completed', result: { summary: 'done', completedAt: new Date().toISOString() } },
  });
  const lost = await world.work();
  await world.ledger.leases.takeReport(failed(lost));
  await world.ledger.transitions.settle(lost.writer, {
    fence: lost.taken.fence,
    outcome: { kind: 'dead-lettered', reason: 'exit 1', failureClass: 'fatal' },
  });
  const unwanted = await world.submit();
  await world.ledger.work.requestCancel(unwanted.id, 'no longer wanted', AUTHOR);
  const stopped = await world.start(await world.queue());
  await world.ledger.sessions.recordHandle(stopped.taken.agentGuid, { mechanism: 'local' } as never);
  await world.ledger.sessions.recordEnding(stopped.taken.agentGuid, { cause: 'stopped', message: 'asked to' });

  const events = await all();
  const facts = await world.ledger.history.factsOf(events);
  const known = events.filter(({ type }) => isContractEventName(type));

  expect(new Set(known.map(({ type }) => type)).size).toBeGreaterThan(8);
  for (const event of known) expect(ContractEvent.safeParse(toOutwardEvent(event, facts.get(event.position))).error?.message).toBeUndefined();
  const [submitted] = known.filter(({ entityId }) => entityId === done.writer.workId);
  expect(facts.get(submitted?.position ?? 0)).toEqual({ description: 'Paint the shed.' });
  const assigned = known.find(({ type }) => type === 'work:assigned');
  if (assigned === undefined) throw new Error('nothing was assigned');
  expect(toOutwardEvent(assigned, facts.get(assigned.position))['assignedToAgent']).toMatchObject({
    agentType: 'claude-code',
    hostname: 'test-host',
  });
});

test('reads by position, project, name and entity', async () => {
  const mine = await world.submit({ description: 'mine' });
  const target = await world.registerTarget({ projectId: 'other' });
  await world.ledger.work.requestCancel(mine.id, 'x', AUTHOR);
  const events = await all();
  const { history } = world.ledger;

  expect(await history.lastPosition()).toBe(4);
  expect(await history.readAfter({ after: 1, upTo: 2, limit: 10 }, { projects: 'all' })).toEqual(events.slice(1, 2));
  expect(await history.readAfter({ after: 0, limit: 1 }, { projects: 'all' })).toEqual(events.slice(0, 1));
  expect(await history.readAfter({ after: 0, limit: 10 }, { projects: ['other'] })).toEqual([events[2]]);
  expect(await history.readAfter({ after: 0, limit: 10 }, { projects: [] })).toEqual([]);
  expect(await history.readAfter({ after: 0, limit: 10 }, { projects: 'all', types: ['work:submitted'] })).toEqual([events[0]]);
  expect(await history.readAfter({ after: 0, limit: 10 }, { projects: 'all', entity: { type: 'target', id: target.id } })).toEqual([events[2]]);
});

test('an event without a position has not happened yet for readers', async () => {
  await world.submit();

  expect(await world.ledger.history.lastPosition()).toBe(0);
  expect(await world.ledger.history.readAfter({ after: 0, limit: 10 }, { projects: 'all' })).toEqual([]);
});
