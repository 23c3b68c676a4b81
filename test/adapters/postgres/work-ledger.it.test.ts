import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newItem, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import type { WorkItem } from '../../../src/domain/work/work-item.ts';
import type { PageRequest } from '../../../src/ports/ledger/page.ts';
import type { WorkPosition } from '../../../src/ports/ledger/work-ledger.ts';
import { AUTHOR } from '../../support/author.ts';

const HASH = 'a'.repeat(64);

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('an accepted item is read back as it was submitted', async () => {
  const item = newItem({
    description: 'fix the tests',
    contextData: { files: ['a.ts'] },
    deadline: '2031-01-01T00:00:00.000Z',
    preferredAgentType: 'copilot-cli',
    priority: 8,
  });

  const submitted = await world.ledger.work.submit({ item: item, key: null, author: AUTHOR });

  expect(submitted).toMatchObject({
    kind: 'accepted',
    item: { ...item, status: 'pending', phase: 'waiting', attempts: 0, fence: 0, workflowId: `work-${item.id}` },
  });
  expect(await world.ledger.work.find(item.id)).toEqual(submitted.item);
  expect(await world.events(item.id)).toEqual(['work:submitted', 'work:queued']);
});

test('an item that something may take is in the queue when it is accepted, with the rule and its needs', async () => {
  const soon = await world.submit();
  const later = await world.submit({ notBefore: '2100-01-01T00:00:00.000Z' });

  expect(await world.query('select work_id, due from queue where work_id = any($1) order by due desc', [[soon.id, later.id]])).toEqual([
    { work_id: soon.id, due: true },
    { work_id: later.id, due: false },
  ]);
  const [, queued] = await world.ledger.work.eventsOf(soon.id, { afterSeq: 0, limit: 10 });
  expect(queued).toMatchObject({ type: 'work:queued', seq: 2, data: { rule: 'boundary:open-source', needs: { capability: 'build' } } });
  expect([soon.reason, later.reason]).toEqual(['waits for a slot', expect.stringContaining('2100-01-01')]);
});

test('an item that depends on another, or that nothing may take, is only accepted', async () => {
  const first = await world.submit();
  const dependent = await world.submit({ dependsOn: [first.id] });
  const forbidden = await world.submit({ boundary: 'corporate', requiredAgentType: 'claude-code' });

  expect([dependent.phase, forbidden.phase]).toEqual(['accepted', 'accepted']);
  expect(await world.query('select work_id from queue where work_id = any($1)', [[dependent.id, forbidden.id]])).toEqual([]);
});

test('the event of a submit carries a short description, and never the context', async () => {
  const { id } = await world.submit({ description: 'x'.repeat(5000), contextData: { secret: 'y' } });

  const [event] = await world.ledger.work.eventsOf(id, { afterSeq: 0, limit: 10 });

  expect(event).toMatchObject({ entityType: 'work', entityId: id, seq: 1, type: 'work:submitted', projectId: 'default' });
  expect(event?.data).toMatchObject({ workId: id, taskId: id, capability: 'build', boundary: 'open-source', priority: 5, description: 'x'.repeat(256) });
  expect(JSON.stringify(event?.data)).not.toContain('secret');
});

test('text that PostgreSQL cannot store is mended and not refused', async () => {
  const item = await world.submit({ description: 'a\u0000b\ud800c', contextData: { 'k\u0000': ['v\u0000', '\udfff'] } });

  expect(item.description).toBe('a\ufffdb\ufffdc');
  expect(item.contextData).toEqual({ 'k\ufffd': ['v\ufffd', '\ufffd'] });
});

test('ten submits at once with one key make one item', async () => {
  const key = { projectId: 'default', key: randomUUID(), bodyHash: HASH };

  const results = await Promise.all(Array.from({ length: 10 }, () => world.ledger.work.submit({ item: newItem(), key: key, author: AUTHOR })));

  expect(new Set(results.map(({ item }) => item.id)).size).toBe(1);
  expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
});

test('the same key with another body is refused, and nothing is written', async () => {
  const key = { projectId: 'default', key: randomUUID(), bodyHash: HASH };
  const first = await world.ledger.work.submit({ item: newItem(), key: key, author: AUTHOR });
  const other = newItem();

  await expect(world.ledger.work.submit({ item: other, key: { ...key, bodyHash: 'b'.repeat(64) }, author: AUTHOR })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_MISMATCH',
    details: { workId: first.item.id },
  });
  expect(await world.ledger.work.find(other.id)).toBeNull();
});

test('an item that is submitted again after its deadline is the same item; one with another key is refused', async () => {
  const key = { projectId: 'default', key: randomUUID(), bodyHash: HASH };
  const first = await world.ledger.work.submit({ item: newItem(), key, author: AUTHOR });
  const late = { ...newItem(), deadline: '2020-01-01T00:00:00.000Z' };

  expect(await world.ledger.work.submit({ item: late, key, author: AUTHOR })).toMatchObject({ kind: 'joined', item: { id: first.item.id } });
  await expect(world.ledger.work.submit({ item: late, key: { ...key, key: randomUUID() }, author: AUTHOR })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    details: { validationErrors: [{ field: '/body/deadline' }] },
  });
});

test('the same key in another project is another item', async () => {
  const key = randomUUID();
  const here = await world.ledger.work.submit({ item: newItem(), key: { projectId: 'default', key, bodyHash: HASH }, author: AUTHOR });
  const there = await world.ledger.work.submit({ item: newItem({ projectId: 'other' }), key: { projectId: 'other', key, bodyHash: HASH }, author: AUTHOR });

  expect([here.kind, there.kind]).toEqual(['accepted', 'accepted']);
});

test('pages list every item once: priority first, then age', async () => {
  for (const priority of [3, 9, 5, 9, 1, 5, 5]) await world.submit({ projectId: 'paged', priority, boundary: 'personal' });

  const filter = { projectId: 'paged', boundary: 'personal', status: 'pending' } as const;
  const seen: WorkItem[] = [];
  for (let from: PageRequest<WorkPosition>['from'] = null, pages = 0; pages < 10; pages++) {
    const page = await world.ledger.work.list(filter, { limit: 2, from });
    seen.push(...page.items);
    const last = page.items.at(-1);
    if (!page.hasAfter || last === undefined) break;
    from = { direction: 'after', position: last };
  }

  expect(seen.map(({ priority }) => priority)).toEqual([9, 9, 5, 5, 5, 3, 1]);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(7);
  expect(seen.filter((one) => one.priority === 5).map(({ offeredAt }) => offeredAt)).toEqual(
    seen
      .filter((one) => one.priority === 5)
      .map(({ offeredAt }) => offeredAt)
      .sort(),
  );
});

test('a page before an item is the page that was read before it', async () => {
  for (const priority of [1, 2, 2, 3, 4]) await world.submit({ projectId: 'backwards', priority });
  const filter = { projectId: 'backwards' };
  const all = (await world.ledger.work.list(filter, { limit: 10, from: null })).items;

  for (const [index, position] of all.entries()) {
    const page = await world.ledger.work.list(filter, { limit: 2, from: { direction: 'before', position } });

    expect(page.items).toEqual(all.slice(Math.max(0, index - 2), index));
    expect([page.hasBefore, page.hasAfter]).toEqual([index > 2, true]);
  }
});

test('a list shows only what its filter asks for', async () => {
  const cancelled = await world.queue({ projectId: 'filtered' });
  await world.submit({ projectId: 'filtered', boundary: 'corporate' });
  await world.ledger.transitions.settle(cancelled, { fence: 0, outcome: { kind: 'cancelled', reason: 'no' } });

  const ids = async (filter: object): Promise<string[]> =>
    (await world.ledger.work.list({ projectId: 'filtered', ...filter }, { limit: 10, from: null })).items.map(({ id }) => id);

  expect(await ids({})).toHaveLength(2);
  expect(await ids({ status: 'cancelled' })).toEqual([cancelled.workId]);
  expect(await ids({ status: 'completed' })).toEqual([]);
  expect(await ids({ boundary: 'corporate' })).toHaveLength(1);
});

test('a wish to cancel is written once, takes the item out of the queue, and stays after a repeat', async () => {
  const { workId } = await world.queue();

  const first = await world.ledger.work.requestCancel(workId, 'changed my mind', AUTHOR);
  const again = await world.ledger.work.requestCancel(workId, 'another reason', AUTHOR);

  expect(first.kind).toBe('requested');
  expect(again).toEqual(first);
  expect(await world.query('select 1 from queue where work_id = $1', [workId])).toEqual([]);
  expect(await world.events(workId)).toEqual(['work:submitted', 'work:queued', 'work:cancel-requested']);
});

test('a settled item is past cancelling, an unknown one is not found', async () => {
  const writer = await world.queue();
  await world.ledger.transitions.settle(writer, { fence: 0, outcome: { kind: 'cancelled', reason: 'no' } });

  expect(await world.ledger.work.requestCancel(writer.workId, 'late', AUTHOR)).toMatchObject({ kind: 'already-settled', item: { phase: 'cancelled' } });
  expect(await world.ledger.work.requestCancel(randomUUID(), 'who', AUTHOR)).toEqual({ kind: 'not-found' });
});

test('the sweeper finds what was accepted and never seen by a workflow, cancelled or not', async () => {
  const unseen = await world.submit({ projectId: 'swept' });
  const cancelled = await world.submit({ projectId: 'swept' });
  await world.ledger.work.requestCancel(cancelled.id, 'no', AUTHOR);
  const seen = await world.queue({ projectId: 'swept' });

  const found = await world.ledger.work.findUnstarted({ olderThanMs: 0, limit: 1000 });
  const young = await world.ledger.work.findUnstarted({ olderThanMs: 60_000, limit: 1000 });

  const ids = found.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([unseen.id, cancelled.id]));
  expect(ids).not.toContain(seen.workId);
  await world.ledger.work.recordStarted(unseen.id);
  expect((await world.ledger.work.findUnstarted({ olderThanMs: 0, limit: 1000 })).map(({ id }) => id)).not.toContain(unseen.id);
  expect(young).toEqual([]);
});

test('events of an item are read in pages', async () => {
  const { workId } = await world.queue();

  const rest = await world.ledger.work.eventsOf(workId, { afterSeq: 1, limit: 10 });

  expect(rest.map(({ seq, type }) => [seq, type])).toEqual([[2, 'work:queued']]);
  expect(await world.ledger.work.eventsOf(workId, { afterSeq: 0, limit: 1 })).toHaveLength(1);
});

test('answers a ping', async () => {
  expect(await world.ledger.work.ping()).toBe(true);
});
