import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';
import { spinUpWords } from './spin-up-words.ts';

const ALL = { olderThanMs: 0, after: null, limit: 10 };

let world: World;
const { request, find, granted, eventsOf, makeLate } = spinUpWords(() => world);
beforeAll(async () => {
  world = await openWorld({ defaultIdleTimeoutMs: 1234 });
});
afterEach(() => world.clear());
afterAll(() => world.close());

describe('a request', () => {
  test('is written down with who made it, and triggers', async () => {
    const target = await world.registerTarget({ name: 'pool', capabilities: ['build', 'test'], boundaries: ['personal', 'open-source'] });

    const spinUp = await request('pool');

    expect(spinUp).toMatchObject({ status: 'pending', targetId: target.id, targetName: 'pool', request: { target: 'pool', requestedBy: AUTHOR.name } });
    expect(Date.parse(spinUp.timeoutAt) - Date.parse(spinUp.request.requestedAt)).toBe(60_000);
    const data = {
      targetAgentType: 'claude-code',
      capability: 'build',
      boundary: 'personal',
      capabilities: ['build', 'test'],
      boundaries: ['personal', 'open-source'],
      operationId: spinUp.id,
      targetId: target.id,
      targetName: 'pool',
    };
    expect((await eventsOf(target.id)).at(-1)).toEqual({ type: 'spin-up:triggered', data });
    expect(await world.query("select actor, entity_type, entity_id from audit where action = 'spin-up.request'")).toEqual([
      { actor: AUTHOR.name, entity_type: 'spin-up', entity_id: spinUp.id },
    ]);
  });

  test('while one is in flight is answered with that one, also when many come at once; after its end with a new one', async () => {
    const target = await world.registerTarget({ name: 'pool' });

    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => request(index % 2 === 0 ? 'pool' : target.id)));

    const ids = new Set(answers.map(({ id }) => id));
    expect(ids.size).toBe(1);
    await world.grantSlots();
    const running = await request('pool');
    expect([ids.has(running.id), running.status]).toEqual([true, 'in-progress']);
    await world.ledger.sessions.recordRegistered(running.agentGuid ?? '');
    expect(ids.has((await request('pool')).id)).toBe(false);
    expect(await world.query("select count(*)::int as n from audit where action = 'spin-up.request'")).toEqual([{ n: 2 }]);
  });

  test('for no target of the project is refused', async () => {
    const { id } = await world.registerTarget({ projectId: 'other' });

    await expect(request(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(request('nope')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('for a target whose mechanism cannot start anything is refused', async () => {
    const { id } = await world.registerTarget();
    await world.query("update targets set mechanism = 'webhook' where id = $1", [id]);

    await expect(request(id)).rejects.toMatchObject({ code: 'TARGET_MISCONFIGURED' });
    expect(await world.query('select 1 from spin_ups')).toEqual([]);
  });
});

describe('a request that is granted', () => {
  test('has a session that starts the command, without an item, and is told until its supervision is started', async () => {
    const target = await world.registerTarget({ name: 'pool' });
    const { id } = await request('pool');

    const round = await world.grantSlots();

    const { agentGuid = '', status } = await find(id);
    expect([round.starts, round.grants, status]).toEqual([[agentGuid], [], 'in-progress']);
    const wanted = await world.ledger.sessions.findForSpinUp(agentGuid);
    expect(wanted?.session).toMatchObject({ task: 'command', state: 'starting', workId: null, fence: null, targetId: target.id, idleTimeoutMs: 1234 });
    expect((await world.grantSlots()).starts).toEqual([agentGuid]);
    await world.ledger.slots.recordStarted([agentGuid]);
    expect((await world.grantSlots()).starts).toEqual([]);
  });

  test('succeeds when the agent has registered, and tells of it', async () => {
    const target = await world.registerTarget({ name: 'pool' });
    const { id, guid } = await granted(target);
    await world.ledger.sessions.recordHandle(guid, { mechanism: 'local', hostId: HOST, bootId: 'boot', pid: 42, startTicks: 7 });

    for (const times of [1, 2]) {
      await world.ledger.sessions.recordRegistered(guid);
      expect([times, await find(id)]).toMatchObject([
        times,
        { status: 'success', agentGuid: guid, result: { success: true, targetName: 'pool', mechanismResult: { pid: 42 } } },
      ]);
    }
    await world.ledger.sessions.recordEnding(guid, { cause: 'left', message: 'bye' });

    expect((await find(id)).status).toBe('success');
    const common = { targetId: target.id, targetName: 'pool', agentType: 'claude-code', capability: 'build' };
    const events = await eventsOf(guid);
    expect(events.map(({ type }) => type)).toEqual(['agent:starting', 'spin-up:started', 'agent:registered', 'spin-up:completed', 'agent:shutdown']);
    expect(events[1]?.data).toEqual(common);
    expect(events[3]?.data).toEqual({ ...common, agentGuid: guid, durationMs: expect.any(Number) });
  });

  test.each([
    ['fails', false, 'failed'],
    ['times out', true, 'timeout'],
  ] as const)('%s with its agent', async (_name, late, status) => {
    const target = await world.registerTarget({ name: 'pool' });
    const { id, guid } = await granted(target);
    if (late) await makeLate(id);

    await world.ledger.sessions.recordEnding(guid, { cause: 'spin-up-failed', message: 'no such program' });

    expect(await find(id)).toMatchObject({ status, error: 'no such program', result: { success: false, error: 'no such program' } });
    const data = { targetId: target.id, targetName: 'pool', agentType: 'claude-code', errorMessage: 'no such program' };
    expect((await eventsOf(guid)).at(-1)).toEqual({ type: 'spin-up:failed', data });
  });

  test('is none of the reconciler’s business until its supervision was started', async () => {
    const { guid } = await granted(await world.registerTarget({ name: 'pool' }));

    expect(await world.ledger.reconcile.listSessions(ALL)).toEqual([]);
    await world.ledger.slots.recordStarted([guid]);

    expect(await world.ledger.reconcile.listSessions(ALL)).toMatchObject([{ guid, state: 'starting' }]);
  });
});

describe('a request without room', () => {
  test('waits with a reason, and is served when an agent is gone', async () => {
    const target = await world.registerTarget({ name: 'pool', limits: { agentsMax: 1 } });
    const { guid } = await granted(target);
    await world.ledger.sessions.recordRegistered(guid);
    const { id } = await request('pool');

    const round = await world.grantSlots();

    expect(await find(id)).toMatchObject({ status: 'pending', reason: 'the target "pool" is at its limit of agents' });
    expect(round.lookAgainInMs).toBeLessThanOrEqual(60_000);
    await world.ledger.sessions.recordGone(guid);
    await world.grantSlots();
    expect(await find(id)).toMatchObject({ status: 'in-progress' });
  });

  test('times out, once, and its target tells of it; the next one is a new one', async () => {
    const target = await world.registerTarget({ name: 'pool' });
    await world.ledger.sessions.closeHost(HOST);
    const { id } = await request('pool');
    await world.grantSlots();
    expect((await find(id)).reason).toBe('the host of the target "pool" is stopped');
    await makeLate(id);

    for (const times of [1, 2]) {
      await world.grantSlots();
      expect([times, await find(id)]).toMatchObject([times, { status: 'timeout', error: 'Timeout', result: { success: false, error: 'Timeout' } }]);
    }

    expect((await find(id)).reason).toBeUndefined();
    const data = { targetId: target.id, targetName: 'pool', agentType: 'claude-code', errorMessage: 'Timeout', operationId: id };
    const failures = (await eventsOf(target.id)).filter(({ type }) => type === 'spin-up:failed');
    expect(failures).toEqual([{ type: 'spin-up:failed', data }]);
    const { lastSpinUp } = (await world.ledger.targets.find({ idOrName: target.id, first: 'default', projects: 'all' })) ?? {};
    expect(lastSpinUp).toEqual({ time: (await find(id)).completedAt, outcome: 'failure', error: 'Timeout' });
    expect((await request('pool')).id).not.toBe(id);
  });

  test('fails when its target is removed', async () => {
    await world.registerTarget({ name: 'pool' });
    const { id } = await request('pool');
    await world.ledger.targets.remove({ idOrName: 'pool', first: 'default', projects: ['default'] }, AUTHOR);

    await world.grantSlots();

    expect(await find(id)).toMatchObject({ status: 'failed', error: 'The target was removed or disabled.' });
  });
});

test('a start for an item triggers under the item, after its grant', async () => {
  const target = await world.registerTarget({ name: 'pool' });
  const { workId } = await world.queue({ boundary: 'personal' });

  await world.grantSlots();

  const events = await eventsOf(workId);
  expect(events.slice(-2).map(({ type }) => type)).toEqual(['work:granted', 'spin-up:triggered']);
  const { data } = events.at(-1) ?? {};
  expect(data).toMatchObject({ targetAgentType: 'claude-code', capability: 'build', boundary: 'personal', workId, targetId: target.id, targetName: 'pool' });
});

test('a free agent that is used triggers nothing', async () => {
  await world.registerTarget({ name: 'pool' });
  const { writer, taken } = await world.work();
  await world.query("update sessions set state = 'free', free_since = now(), work_id = null, fence = null where guid = $1", [taken.agentGuid]);
  await world.query("update slots set state = 'released' where work_id = $1", [writer.workId]);
  const next = await world.queue();

  await world.grantTo(next);

  expect(await world.events(next.workId)).not.toContain('spin-up:triggered');
});

test('a target never has one agent too many, however items and requests come', async () => {
  await world.registerTarget({ name: 'pool', limits: { agentsMax: 3 } });
  const held: number[] = [];
  const writers: Writer[] = [];
  for (let round = 0; round < 12; round++) {
    writers.push(...(await Promise.all([world.queue(), world.queue()])));
    await Promise.all([request('pool'), request('pool'), ...[1, 2, 3].map(() => world.grantSlots())]);
    // Every third time nobody takes what was granted.
    if (round % 3 !== 0) await takeAll(writers);
    held.push(await countHeld());
    await letOneGo(round % 2 === 0);
  }

  expect(Math.max(...held)).toBe(3);
  const started = await world.query<{ task: string }>('select distinct task from sessions order by task');
  expect(started.map(({ task }) => task)).toEqual(['command', 'serve']);
});

async function takeAll(writers: readonly Writer[]): Promise<void> {
  for (const grant of (await world.grantSlots({ resendMs: 0 })).grants) {
    const writer = writers.find(({ workId }) => workId === grant.workId);
    if (writer !== undefined) await world.take(writer, grant);
  }
}

async function countHeld(): Promise<number> {
  const [row] = await world.query<{ held: number }>(`
    select (select count(*) from sessions where state <> 'gone')::int
      + (select count(*) from slots where kind = 'start' and state = 'granted')::int as held`);
  return row?.held ?? 0;
}

/** Some agent ends; it makes room only when it is verified gone. */
async function letOneGo(verified: boolean): Promise<void> {
  const [agent] = await world.query<{ guid: string }>("select guid from sessions where state <> 'gone'");
  if (agent === undefined) return;
  await world.ledger.sessions.recordRegistered(agent.guid);
  await world.ledger.sessions.recordEnding(agent.guid, { cause: 'left', message: 'bye' });
  if (verified) await world.ledger.sessions.recordGone(agent.guid);
}

test('the list has the newest first, page by page in both directions, of one target or of all', async () => {
  const targets = await Promise.all(['a', 'b', 'c'].map((name) => world.registerTarget({ name })));
  const ids: string[] = [];
  for (const { name } of targets) {
    ids.unshift((await request(name)).id);
    await world.query("update spin_ups set requested_at = requested_at - interval '1 second' where id <> $1", [ids[0]]);
  }

  const first = await world.ledger.spinUps.list({ projectId: 'default' }, { limit: 2, from: null });
  const position = { requestedAt: first.items[1]?.request.requestedAt ?? '', id: first.items[1]?.id ?? '' };
  const second = await world.ledger.spinUps.list({ projectId: 'default' }, { limit: 2, from: { direction: 'after', position } });
  const back = await world.ledger.spinUps.list({ projectId: 'default' }, { limit: 1, from: { direction: 'before', position } });

  expect([first.items, second.items, back.items].map((page) => page.map(({ id }) => id))).toEqual([ids.slice(0, 2), ids.slice(2), ids.slice(0, 1)]);
  expect([first.hasAfter, second.hasAfter, second.hasBefore]).toEqual([true, false, true]);
  const [only] = targets;
  const ofOne = await world.ledger.spinUps.list({ projectId: 'default', ...(only === undefined ? {} : { targetId: only.id }) }, { limit: 9, from: null });
  expect(ofOne.items.map(({ targetName }) => targetName)).toEqual(['a']);
  expect((await world.ledger.spinUps.list({ projectId: 'other' }, { limit: 9, from: null })).items).toEqual([]);
});
