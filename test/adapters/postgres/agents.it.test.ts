import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sight, sightGone } from '../../../src/domain/agents/sighting.ts';
import type { Sighting } from '../../../src/domain/agents/sighting.ts';
import type { PositionedEvent } from '../../../src/ports/ledger/event-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { recordOf } from '../../support/registry-record.ts';
import { completed, HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.clear();
  await world.registerTarget();
});

const AT_MS = Date.UTC(2026, 5, 1, 12);

function seen(guid: string, entry: object = {}, { atMs = AT_MS, revision = 1 } = {}): Sighting {
  return sight(recordOf(guid, entry, { storedAtMs: atMs, revision }), atMs);
}

async function eventsOf(guid: string): Promise<string[]> {
  const rows = await world.query<{ type: string; seq: number }>(`select type, seq from events where entity_type = 'agent' and entity_id = $1 order by seq`, [
    guid,
  ]);
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  return rows.map(({ type }) => type);
}

const record = (...sightings: Sighting[]) => world.ledger.agents.recordSightings(sightings);

describe('an agent that we did not start', () => {
  test('is named by the items that it has and by their events as one that we started', async () => {
    const guid = randomUUID();
    const { writer, taken } = await world.work();
    await record(seen(guid, { agentType: 'warp', handle: 'helper', hostname: 'afar', status: 'busy' }));
    await world.query('update slots set agent_guid = $1 where work_id = $2', [guid, writer.workId]);
    await world.query('update work_items set assigned_to = $1 where id = $2', [guid, writer.workId]);

    const item = await world.item(writer.workId);
    const listed = await world.ledger.work.list({ projectId: 'default' }, { limit: 10, from: null });
    await world.ledger.transitions.settle(writer, { fence: taken.fence, outcome: { kind: 'cancelled', reason: 'enough' } });

    const named = { guid, agentType: 'warp', handle: 'helper', hostname: 'afar' };
    const data = { assignedTo: guid, assignedToAgent: named };
    expect(item).toMatchObject(data);
    expect(listed.items).toMatchObject([data]);
    expect((await world.ledger.work.eventsOf(writer.workId, { afterSeq: 0, limit: 100 })).at(-1)).toMatchObject({ type: 'work:cancelled', data });
    const old = { entityId: writer.workId, type: 'work:started', data: { assignedTo: guid }, position: 7 } as unknown as PositionedEvent; // what is read of it
    expect(await world.ledger.history.factsOf([old])).toEqual(new Map([[7, { agent: named }]]));
  });

  test('is told of when it comes, changes and goes, each once however many bridges see it', async () => {
    const story = [
      seen('a'),
      seen('a', { status: 'busy', currentTaskCount: 1 }, { atMs: AT_MS + 1, revision: 2 }),
      seen('a', { status: 'offline' }, { atMs: AT_MS + 2, revision: 3 }),
      seen('a', {}, { atMs: AT_MS + 3, revision: 4 }),
    ];

    for (const one of story) await Promise.all([record(one), record(one), record(one, seen('b'))]);

    expect(await eventsOf('a')).toEqual(['agent:registered', 'agent:updated', 'agent:shutdown', 'agent:registered']);
    expect(await eventsOf('b')).toEqual(['agent:registered']);
  });

  test('is not brought back by a bridge that is behind', async () => {
    await record(seen('a', { status: 'busy' }, { atMs: AT_MS + 5, revision: 2 }));

    const answer = await record(seen('a', {}, { atMs: AT_MS, revision: 1 }));

    expect(answer).toMatchObject([{ guid: 'a', status: 'busy', taskCount: 0 }]);
    expect(await eventsOf('a')).toEqual(['agent:registered']);
  });

  test('that one bridge holds for lost stays so until it is heard again', async () => {
    const entry = recordOf('a', {}, { storedAtMs: AT_MS, revision: 9 });
    await record(sight(entry, AT_MS));
    await record(sightGone(entry, 'silent'));
    await record(sight(entry, AT_MS));
    expect(await eventsOf('a')).toEqual(['agent:registered', 'agent:shutdown']);

    // The server has lost its disk meanwhile: revisions begin anew.
    await record(seen('a', {}, { atMs: AT_MS + 60_000, revision: 1 }));

    expect(await eventsOf('a')).toEqual(['agent:registered', 'agent:shutdown', 'agent:registered']);
  });

  test('that never came is not told of when it is offline', async () => {
    expect(await record(seen('a', { status: 'offline' }))).toEqual([]);
    expect(await world.query('select guid from agents')).toEqual([]);
  });

  test('that was forgotten and comes again goes on in the numbers of its events', async () => {
    await record(seen('a'));
    await record(seen('a', { status: 'offline' }, { atMs: AT_MS + 1 }));
    expect(await world.ledger.agents.forgetLeft({ olderThanMs: -1000, limit: 10 })).toBe(1);

    await record(seen('a', {}, { atMs: AT_MS + 2 }));

    expect(await eventsOf('a')).toEqual(['agent:registered', 'agent:shutdown', 'agent:registered']);
    expect(await world.ledger.agents.listTold()).toMatchObject([{ guid: 'a', status: 'online', storedAtMs: AT_MS + 2 }]);
  });

  test('is told apart from those that we started', async () => {
    const { taken } = await world.work();

    const answer = await record(seen(taken.agentGuid), seen('foreign'));

    expect(answer).toMatchObject([
      { guid: 'foreign', status: 'online', taskCount: 0 },
      { guid: taken.agentGuid, own: true },
    ]);
    expect(await world.query('select guid from agents')).toEqual([{ guid: 'foreign' }]);
  });
});

describe('an agent that we started', () => {
  test('is named with what its machine calls itself, wherever it is named', async () => {
    await world.ledger.hosts.comeBack({ hostId: HOST, hostname: 'laptop' });
    const { writer, taken } = await world.work();
    await world.ledger.transitions.settle(writer, { fence: taken.fence, outcome: { kind: 'cancelled', reason: 'enough' } });

    const [listed] = await world.ledger.agents.listStarted([]);
    const [target] = (await world.ledger.targets.list({ projectId: 'default', filter: {}, page: { limit: 1, from: null } })).items;
    const named = await world.query<{ hostname: string | null }>(
      `select coalesce(data -> 'agent', data -> 'assignedToAgent') ->> 'hostname' as hostname from events where data ?| '{agent,assignedToAgent}'`,
    );

    expect(listed?.agent.hostname).toBe('laptop');
    expect((await world.item(writer.workId)).assignedToAgent?.hostname).toBe('laptop');
    expect(target?.lastSpinUp?.agent?.hostname).toBe('laptop');
    expect(named.length).toBeGreaterThanOrEqual(4);
    expect(new Set(named.map(({ hostname }) => hostname))).toEqual(new Set(['laptop']));
  });

  test('before its worker has said what its machine is called is named by its host', async () => {
    const { taken } = await world.work();

    expect((await world.ledger.agents.findStarted(taken.agentGuid))?.agent.hostname).toBe(HOST);
  });
});

describe('the wish that an agent stops', () => {
  const stop = (guid: string, graceful = true) =>
    world.ledger.agents.requestShutdown([{ guid, projectId: 'default' }], { graceful, reason: 'maintenance', author: AUTHOR });

  test('takes a free one out of the free set at once, and it is told until it ends', async () => {
    const attempt = await world.work();
    await world.ledger.transitions.settle(attempt.writer, { fence: attempt.taken.fence, outcome: { kind: 'cancelled', reason: '' } });
    await world.query(`update sessions set state = 'free', free_since = now(), work_id = null, fence = null`);
    const guid = attempt.taken.agentGuid;

    expect(await stop(guid)).toEqual(new Set([guid]));
    await world.queue();
    const round = await world.grantSlots();

    expect(await world.sessionState(guid)).toBe('draining');
    expect(round.grants.map(({ choice }) => choice.kind)).toEqual(['start']);
    expect(round.retire).toEqual([{ agentGuid: guid, reason: 'maintenance' }]);
    expect((await world.grantSlots()).retire).toEqual(round.retire);
    await world.ledger.sessions.recordEnding(guid, { cause: 'stopped', message: 'asked' });
    expect((await world.grantSlots()).retire).toEqual([]);
  });

  test('leaves a working one its item, but gives it no other when it finishes first', async () => {
    const attempt = await world.work();
    const guid = attempt.taken.agentGuid;

    await stop(guid);
    expect(await world.sessionState(guid)).toBe('busy');
    await world.ledger.leases.takeReport(completed(attempt));
    const aftermath = await world.ledger.transitions.settle(attempt.writer, {
      fence: attempt.taken.fence,
      outcome: { kind: 'completed', result: completed(attempt).result },
    });

    expect(await world.sessionState(guid)).toBe('draining');
    expect(aftermath.stopSession).toBe(guid);
  });

  test.each([
    [true, true],
    [false, false],
  ])('graceful %s is told so when the agent ends', async (asked, told) => {
    const { taken } = await world.work();
    await stop(taken.agentGuid, asked);
    await stop(taken.agentGuid, true);

    await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'stopped', message: 'asked' });

    const [event] = await world.query(`select data from events where type = 'agent:shutdown'`);
    expect(event).toMatchObject({ data: { reason: 'manual', graceful: told } });
  });

  test('keeps the shortest grace that anybody granted', async () => {
    const { taken } = await world.work();
    const grant = (gracePeriodMs?: number) =>
      world.ledger.agents.requestShutdown([{ guid: taken.agentGuid, projectId: 'default' }], {
        graceful: true,
        gracePeriodMs,
        reason: 'manual',
        author: AUTHOR,
      });
    const kept = async () => (await world.ledger.sessions.find(taken.agentGuid))?.stopGraceMs;

    const seen = [await kept()];
    for (const graceMs of [undefined, 60_000, 5000, undefined, 20_000]) {
      await grant(graceMs);
      seen.push(await kept());
    }

    expect(seen).toEqual([null, null, 60_000, 5000, 5000, 5000]);
    expect(await world.query(`select after from audit where after->>'gracePeriodMs' = '5000'`)).toHaveLength(1);
  });

  test('is written down with its author, for agents that are not ours too', async () => {
    const { taken } = await world.work();

    const own = await world.ledger.agents.requestShutdown(
      [
        { guid: taken.agentGuid, projectId: 'default' },
        { guid: 'foreign', projectId: 'other' },
      ],
      { graceful: true, reason: 'maintenance', author: AUTHOR },
    );

    expect(own).toEqual(new Set([taken.agentGuid]));
    const rows = await world.query(`select entity_id, project_id, actor, before, after from audit where action = 'agent.shutdown' order by id`);
    expect(rows).toMatchObject([
      { entity_id: taken.agentGuid, actor: AUTHOR.name, before: { state: 'busy' }, after: { shutdownRequested: true, graceful: true, reason: 'maintenance' } },
      { entity_id: 'foreign', project_id: 'other', before: null },
    ]);
  });

  test('for a reason that no table can hold is kept all the same', async () => {
    const { taken } = await world.work();

    await world.ledger.agents.requestShutdown([{ guid: taken.agentGuid, projectId: 'default' }], { graceful: true, reason: 'a\0b', author: AUTHOR });

    expect((await world.grantSlots()).retire).toEqual([{ agentGuid: taken.agentGuid, reason: 'a\uFFFDb' }]);
  });

  test('of one that is gone changes nothing', async () => {
    const { taken } = await world.work();
    await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'stopped', message: '' });
    await world.ledger.sessions.recordGone(taken.agentGuid);

    await stop(taken.agentGuid);

    expect(await world.sessionState(taken.agentGuid)).toBe('gone');
    expect((await world.grantSlots()).retire).toEqual([]);
    expect(await stop(randomUUID())).toEqual(new Set());
  });
});
