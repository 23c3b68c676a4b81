import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { sight } from '../../../src/domain/agents/sighting.ts';
import type { WarpWord } from '../../../src/domain/agents/warp-word.ts';
import type { WordVerdict } from '../../../src/ports/ledger/foreign-ledger.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { recordOf } from '../../support/registry-record.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld({ user: 'kim' });
});

afterEach(() => world.clear());
afterAll(() => world.close());

let revision = 0;

/** As Warp writes it, with the boundaries that Weft reads. */
async function register(guid: string, entry: object = {}): Promise<void> {
  revision += 1;
  const storedAtMs = Date.now() + revision;
  const fields = { capabilities: ['build'], metadata: { boundaries: ['open-source'] }, projectId: 'default', ...entry };
  const record = recordOf(guid, fields, { storedAtMs, revision });
  await world.ledger.agents.recordSightings([sight(record, storedAtMs)]);
}

/** Granted to whoever comes first, offered, claimed by nobody. */
async function offered(): Promise<Writer> {
  const writer = await world.queue();
  const { taken } = await world.start(writer);
  await world.lease(writer, { taken });
  return writer;
}

let messages = 0;

function say(sender: string, word: Partial<WarpWord> = {}): Promise<WordVerdict> {
  messages += 1;
  return world.ledger.foreign.heedWord({ messageId: `m-${String(messages)}`, sender, workId: null, fence: null, said: { kind: 'claimed' }, ...word });
}

/** The word, and the report that it becomes. */
async function report(sender: string, word: Partial<WarpWord> = {}): Promise<string> {
  const verdict = await say(sender, word);
  if (verdict.kind !== 'heeded') return verdict.kind;
  const { kind: _heeded, ...scope } = verdict;
  const taken = await world.ledger.leases.takeReport({
    ...scope,
    ...(word.said ?? { kind: 'claimed' }),
    guid: sender,
    seq: 1,
    sentAt: new Date().toISOString(),
  });
  return taken.kind;
}

test('the agent that it was meant for has the item, also when it names no item but has only one', async () => {
  await register('a');
  const { workId } = await offered();

  expect(await report('a')).toBe('recorded');
  expect(await world.item(workId)).toMatchObject({ status: 'in-progress', assignedTo: 'a' });
});

test('another that fits has it when it is the first to say so, and goes on under the same lease; the other is then refused', async () => {
  await register('a');
  await register('b', { currentTaskCount: 1 }); // it counts what it has just claimed
  const writer = await offered();
  const { workId } = writer;

  expect(await report('b', { workId })).toBe('recorded');
  expect(await report('a', { workId })).toBe('refused');
  expect(await world.item(workId)).toMatchObject({ assignedTo: 'b' });
  const again = { fence: 1, awaitNo: 2, agentGuid: 'a', taskToken: Buffer.from('again'), idleTimeoutMs: 5000 };
  expect(await world.ledger.leases.writeLease(writer, again)).toMatchObject({ kind: 'written', assignment: { guid: 'b' } });
  expect(await world.ledger.leases.findLease(workId, 1)).toMatchObject({ agentGuid: 'b', awaitNo: 2 });
});

test.each<[string, object]>([
  ['may not see its boundary', { metadata: { boundaries: ['personal'] } }],
  ['is of another project', { projectId: 'other' }],
  ['is private', { scope: 'private' }],
  ['has not the capability', { capabilities: ['paint'] }],
  ['takes no more', { maxConcurrentTasks: 0 }],
  ['has left', { status: 'offline' }],
])('one that %s does not have it by saying so', async (_what, entry) => {
  await register('a');
  await register('b');
  const { workId } = await offered();
  await register('b', entry);
  await world.query(`update slots set agent_guid = 'a' where work_id = $1`, [workId]);

  expect(await say('b', { workId })).toEqual({ kind: 'refused', workId, nowAtRest: false });
  expect(await world.events(workId)).toContain('work:report-refused');
});

test('one that nobody knows is refused, and an item that is none of ours is nothing to us', async () => {
  await register('a');
  const { workId } = await offered();

  expect(await say('stranger', { workId })).toMatchObject({ kind: 'refused' });
  expect(await say('stranger')).toEqual({ kind: 'unknown' });
  expect(await say('a', { workId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa' })).toEqual({ kind: 'unknown' });
});

test('a word that names an older fence is refused, also of the agent that has the item again', async () => {
  await register('a');
  const { workId } = await offered();

  expect(await say('a', { workId, fence: 7 })).toMatchObject({ kind: 'refused' });
  expect(await say('a', { workId, fence: 1 })).toMatchObject({ kind: 'heeded', fence: 1 });
});

test('the last word of an agent that the item was taken from lets the next attempt begin', async () => {
  await register('a');
  const writer = await offered();
  const { workId } = writer;
  await report('a', { workId });
  const failure = { kind: 'failed', failureClass: 'idle', message: 'silent', reportedByAgent: false } as const;
  await world.ledger.transitions.requeue(writer, { fence: 1, failure, delayMs: 0, reason: 'silent', counted: true });
  expect((await world.grantSlots()).grants).toEqual([]);

  expect(await say('a', { workId, said: { kind: 'failed', message: 'no', recoverable: true, interrupted: false } })).toMatchObject({ nowAtRest: true });

  expect((await world.grantSlots()).grants).toHaveLength(1);
});

test('an offer that nobody has claimed is taken back at once, for nobody is at work on it', async () => {
  await register('a');
  const writer = await offered();

  const aftermath = await world.ledger.transitions.settle(writer, { fence: 1, outcome: { kind: 'cancelled', reason: 'enough' } });

  expect(aftermath).toMatchObject({ stopForeign: null });
});

test('an offer may stand in the queue as long as everybody who can take it from there may have the item', async () => {
  await register('a');
  const { workId } = await offered();
  const look = () => world.ledger.foreign.lookAtOffer({ workId, fence: 1 });

  expect(await look()).toEqual({ isClaimed: false, mayShare: true });
  await register('elsewhere', { capabilities: ['paint'], projectId: 'other' });
  await register('runner', { protocol: 'weft.v1', projectId: 'other' });
  expect(await look()).toEqual({ isClaimed: false, mayShare: true });
  // Another spelling, one stream.
  await register('stranger', { capabilities: ['BUILD'], projectId: 'other' });
  expect(await look()).toEqual({ isClaimed: false, mayShare: false });
  await register('stranger', { scope: 'personal', username: 'lee' });
  expect(await look()).toEqual({ isClaimed: false, mayShare: false });
  await register('stranger', { scope: 'personal', username: 'kim', projectId: 'other' });
  expect(await look()).toEqual({ isClaimed: false, mayShare: true });
  await register('stranger', { status: 'offline' });
  expect(await look()).toEqual({ isClaimed: false, mayShare: true });
  await report('a', { workId });
  expect(await look()).toEqual({ isClaimed: true, mayShare: false });
});
