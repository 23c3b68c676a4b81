import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AUTHOR } from '../../support/author.ts';
import { completed, HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const GONE = { reason: 'stolen', author: AUTHOR };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

/** As if its worker had been killed long ago. */
async function silence(hostId = HOST): Promise<void> {
  await world.query(`update host_beats set seen_at = now() - interval '1 hour', up_until = now() - interval '1 hour' where host_id = $1`, [hostId]);
}

async function hosts(projects: readonly string[] | 'all' = 'all') {
  return (await world.ledger.hosts.list({ projects, page: { limit: 100, from: null } })).items;
}

async function leftBehind(): Promise<readonly string[]> {
  return (await world.ledger.hosts.listLeftBehind(HOST, 100)).map(({ guid }) => guid);
}

describe('a host', () => {
  test('is listed with its state, its agents and the targets that name it', async () => {
    const target = await world.registerTarget({ name: 'pool' });
    await world.work();
    await world.ledger.hosts.comeBack({ hostId: 'other', hostname: 'machine' });

    expect(await hosts()).toEqual([
      expect.objectContaining({ id: 'other', state: 'up', open: false, sessions: { starting: 0, busy: 0, free: 0, draining: 0, total: 0 }, targets: [] }),
      expect.objectContaining({
        id: HOST,
        state: 'up',
        open: true,
        lastSeenAt: expect.any(String),
        sessions: { starting: 0, busy: 1, free: 0, draining: 0, total: 1 },
        leftBehind: 0,
        targets: [{ id: target.id, name: 'pool', projectId: 'default' }],
        targetsTotal: 1,
      }),
    ]);
  });

  test('is shown to those who are bound to projects only where these use it', async () => {
    await world.registerTarget({ name: 'pool' });
    await world.registerTarget({ name: 'theirs', projectId: 'other' });

    expect(await hosts(['nobody'])).toEqual([]);
    expect(await hosts(['other'])).toEqual([expect.objectContaining({ id: HOST, targetsTotal: 1, targets: [expect.objectContaining({ name: 'theirs' })] })]);
  });

  test('is listed page by page, in either direction', async () => {
    for (const id of ['a', 'b', 'c']) await world.ledger.hosts.comeBack({ hostId: id, hostname: 'machine' });
    const page = async (direction: 'after' | 'before', position: string) => {
      const found = await world.ledger.hosts.list({ projects: 'all', page: { limit: 1, from: { direction, position } } });
      return { ids: found.items.map(({ id }) => id), hasBefore: found.hasBefore, hasAfter: found.hasAfter };
    };

    expect(await page('after', 'a')).toEqual({ ids: ['b'], hasBefore: true, hasAfter: true });
    expect(await page('before', 'c')).toEqual({ ids: ['b'], hasBefore: true, hasAfter: true });
  });

  test('is silent when its worker says nothing any more, and stopped when that has left', async () => {
    await silence();
    const silent = await hosts();
    await world.ledger.hosts.beat(HOST);
    const heard = await hosts();
    await world.ledger.sessions.closeHost(HOST);
    await world.ledger.hosts.leave(HOST);

    expect([...silent, ...heard, ...(await hosts())].map(({ state }) => state)).toEqual(['silent', 'up', 'stopped']);
  });
});

describe('declaring a host gone', () => {
  test('is refused while its worker is there, and nothing changes', async () => {
    await expect(world.ledger.hosts.declareGone(HOST, GONE)).rejects.toMatchObject({ code: 'HOST_IS_UP', details: { hostId: HOST } });
    await world.ledger.sessions.closeHost(HOST);
    await expect(world.ledger.hosts.declareGone(HOST, GONE)).rejects.toMatchObject({ code: 'HOST_IS_UP' });

    expect(await hosts()).toEqual([expect.objectContaining({ state: 'up' })]);
    expect(await world.query('select 1 from audit')).toEqual([]);
  });

  test('is written down once, with who did it and why; the host takes no starts from then on', async () => {
    await world.registerTarget();
    await silence();

    const first = await world.ledger.hosts.declareGone(HOST, GONE);
    const again = await world.ledger.hosts.declareGone(HOST, { reason: 'another', author: AUTHOR });

    expect(first).toMatchObject({
      host: { state: 'gone', open: false, gone: { by: AUTHOR.name, reason: 'stolen' } },
      message: `its host "${HOST}" was declared gone: stolen`,
    });
    expect(again).toEqual(first);
    expect(await world.query(`select action, entity_type, entity_id from audit where entity_type = 'host'`)).toEqual([
      { action: 'host.gone', entity_type: 'host', entity_id: HOST },
    ]);
    const waiting = await world.queue();
    expect((await world.grantSlots()).grants).toEqual([]);
    expect((await world.item(waiting.workId)).reason).toContain('stopped');
  });

  test('is no use for a host that nobody knows', async () => {
    expect(await world.ledger.hosts.declareGone('nowhere', GONE)).toBeNull();
  });

  test('gives its free agents no more work, and names all whose supervision is to be told', async () => {
    await world.registerTarget({ limits: { agentsMax: 2 } });
    const done = await world.work();
    const busy = await world.work();
    await world.ledger.leases.takeReport(completed(done));
    await world.ledger.transitions.settle(done.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });
    await silence();

    const declared = await world.ledger.hosts.declareGone(HOST, GONE);

    expect([...(declared?.agents ?? [])].sort()).toEqual([done.taken.agentGuid, busy.taken.agentGuid].sort());
    expect(declared?.host.sessions).toEqual({ starting: 0, busy: 1, free: 0, draining: 1, total: 2 });
    const next = await world.queue();
    expect((await world.grantSlots()).grants.filter(({ workId }) => workId === next.workId)).toEqual([]);
  });
});

describe('an agent of a host that was declared gone', () => {
  test('is given up: its attempt has a lease to fail, its place is free, and its events say that nobody has verified it', async () => {
    await world.registerTarget({ limits: { agentsMax: 1 } });
    const { taken, writer } = await world.work();
    const { agentGuid } = taken;
    await silence();
    const { message = '' } = (await world.ledger.hosts.declareGone(HOST, GONE)) ?? {};

    const lease = await world.ledger.sessions.recordEnding(agentGuid, { cause: 'host-gone', message });
    const results = [await world.ledger.sessions.giveUp(agentGuid), await world.ledger.sessions.giveUp(agentGuid)];

    expect(lease).toMatchObject({ workId: writer.workId, fence: 1 });
    expect(results).toEqual(['given-up', 'given-up']);
    expect(await world.sessionState(agentGuid)).toBe('gone');
    const events = await world.query<{ type: string; data: object }>(
      `select type, data from events where entity_type = 'agent' and entity_id = $1 order by seq desc limit 2`,
      [agentGuid],
    );
    expect(events).toEqual([
      { type: 'agent:gone', data: expect.objectContaining({ cause: 'host-gone', verified: false }) },
      { type: 'agent:shutdown', data: expect.objectContaining({ cause: 'host-gone', reason: 'error', graceful: false, message }) },
    ]);
    expect(await hosts()).toEqual([expect.objectContaining({ leftBehind: 1, sessions: expect.objectContaining({ total: 0 }) })]);
  });

  test('that was lost before has ended with its host; one that ended otherwise has not', async () => {
    await world.registerTarget({ limits: { agentsMax: 2 } });
    const guids = [(await world.work()).taken.agentGuid, (await world.work()).taken.agentGuid];
    const [lost = '', left = ''] = guids;
    await world.ledger.sessions.recordEnding(lost, { cause: 'lost', message: 'silent' });
    await world.ledger.sessions.recordEnding(left, { cause: 'left', message: 'bye' });
    await silence();
    await world.ledger.hosts.declareGone(HOST, GONE);
    for (const guid of guids) await world.ledger.sessions.giveUp(guid);

    const causes = await world.query<{ guid: string; end_cause: string }>('select guid, end_cause from sessions');

    expect(new Map(causes.map(({ guid, end_cause }) => [guid, end_cause]))).toEqual(
      new Map([
        [lost, 'host-gone'],
        [left, 'left'],
      ]),
    );
  });

  test('is not given up when its host is back first: that can stop it', async () => {
    await world.registerTarget();
    const { agentGuid } = (await world.work()).taken;
    await silence();
    await world.ledger.hosts.declareGone(HOST, GONE);
    await world.ledger.hosts.comeBack({ hostId: HOST, hostname: 'machine' });

    expect(await world.ledger.sessions.giveUp(agentGuid)).toBe('host-is-back');
    expect(await world.sessionState(agentGuid)).toBe('busy');
    expect(await leftBehind()).toEqual([]);
  });

  test('is known to the reconciler with what its supervision is to be told', async () => {
    await world.registerTarget();
    const { agentGuid } = (await world.work()).taken;
    const listed = () => world.ledger.reconcile.listSessions({ olderThanMs: 0, after: null, limit: 10 });
    const before = await listed();
    await silence();
    await world.ledger.hosts.declareGone(HOST, GONE);

    expect(before).toEqual([expect.objectContaining({ guid: agentGuid, hostGone: null })]);
    expect(await listed()).toEqual([expect.objectContaining({ guid: agentGuid, hostGone: `its host "${HOST}" was declared gone: stolen` })]);
  });
});

describe('a host that was declared gone and is back', () => {
  test('hears of it with its next beat, knows what to stop, and takes starts when it is opened', async () => {
    await world.registerTarget();
    const { agentGuid } = (await world.work()).taken;
    await silence();
    await world.ledger.hosts.declareGone(HOST, GONE);
    await world.ledger.sessions.giveUp(agentGuid);

    expect(await world.ledger.hosts.beat(HOST)).toEqual({ isDeclaredGone: true });
    await world.ledger.hosts.comeBack({ hostId: HOST, hostname: 'machine' });
    expect(await world.ledger.hosts.beat(HOST)).toEqual({ isDeclaredGone: false });
    expect(await hosts()).toEqual([expect.objectContaining({ state: 'up', open: false, leftBehind: 1 })]);
    expect(await leftBehind()).toEqual([agentGuid]);
    await world.ledger.hosts.recordVerified(agentGuid);
    await world.ledger.sessions.openHost(HOST);

    expect(await leftBehind()).toEqual([]);
    const [host] = await hosts();
    expect(host).toMatchObject({ state: 'up', open: true, leftBehind: 0 });
    expect(host).not.toHaveProperty('gone');
    await world.start(await world.queue());
  });

  test('that was only killed keeps its agents, and goes on taking starts', async () => {
    await world.registerTarget();
    const { agentGuid } = (await world.work()).taken;
    await silence();

    await world.ledger.hosts.comeBack({ hostId: HOST, hostname: 'machine' });

    expect(await hosts()).toEqual([expect.objectContaining({ state: 'up', open: true })]);
    expect(await world.sessionState(agentGuid)).toBe('busy');
  });
});
