import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Handle } from '../../../src/domain/agents/session.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { completed, HOST, openWorld, report } from './open-world.ts';
import type { World } from './open-world.ts';
import { AUTHOR } from '../../support/author.ts';
import { eventually } from '../../support/eventually.ts';

const HANDLE: Handle = { mechanism: 'local', hostId: HOST, bootId: 'boot', pid: 42, startTicks: 7 };

let world: World;
beforeAll(async () => {
  world = await openWorld({ defaultIdleTimeoutMs: 1234 });
});
afterEach(() => world.clear());
afterAll(() => world.close());

/** An item that has taken a start; its agent is to be started. */
async function starting(): Promise<{ writer: Writer; guid: string }> {
  await world.registerTarget({ name: 'pool', config: { mechanism: 'local', command: 'run', args: ['x'], hostId: HOST } }).catch(() => undefined);
  const writer = await world.queue();
  const taken = await world.take(writer, await world.grantTo(writer));
  if (taken.kind !== 'taken') throw new Error(taken.reason);
  return { writer, guid: taken.agentGuid };
}

async function agentEvents(guid: string): Promise<string[]> {
  return (await world.query<{ type: string }>("select type from events where entity_type = 'agent' and entity_id = $1 order by seq", [guid])).map(
    ({ type }) => type,
  );
}

describe('the session of a start', () => {
  test('has all that the spin-up needs', async () => {
    const { writer, guid } = await starting();

    const wanted = await world.ledger.sessions.findForSpinUp(guid);

    expect(wanted).toEqual({
      session: await world.ledger.sessions.find(guid),
      config: { mechanism: 'local', local: { command: 'run', args: ['x'], hostId: HOST } },
    });
    expect(wanted?.session).toMatchObject({
      guid,
      state: 'starting',
      workId: writer.workId,
      fence: 1,
      hostId: HOST,
      targetName: 'pool',
      idleTimeoutMs: 1234,
      handle: null,
    });
  });

  test('is not to be started once its item is to be cancelled', async () => {
    const { writer, guid } = await starting();
    await world.ledger.work.requestCancel(writer.workId, 'no', AUTHOR);

    expect(await world.ledger.sessions.findForSpinUp(guid)).toBeNull();
  });

  test('is not to be started once another run has taken its item', async () => {
    const { writer, guid } = await starting();
    await world.ledger.transitions.admit({ workId: writer.workId, runId: randomUUID() }, true);

    expect(await world.ledger.sessions.findForSpinUp(guid)).toBeNull();
  });

  test('is started, registered, ended and gone, each recorded once', async () => {
    const { guid } = await starting();

    for (const times of [1, 2]) {
      await world.ledger.sessions.recordHandle(guid, HANDLE);
      await world.ledger.sessions.recordRegistered(guid);
      expect([times, await world.sessionState(guid)]).toEqual([times, 'busy']);
    }
    for (const times of [1, 2]) {
      await world.ledger.sessions.recordEnding(guid, { cause: 'left', message: 'bye' });
      expect([times, await world.sessionState(guid)]).toEqual([times, 'draining']);
    }
    for (const times of [1, 2]) {
      await world.ledger.sessions.recordGone(guid);
      expect([times, await world.sessionState(guid)]).toEqual([times, 'gone']);
    }

    expect(await agentEvents(guid)).toEqual(['agent:starting', 'spin-up:started', 'agent:registered', 'spin-up:completed', 'agent:shutdown', 'agent:gone']);
    expect((await world.ledger.sessions.find(guid))?.handle).toEqual(HANDLE);
  });

  test('that comes late is no longer registered, but its handle is kept to stop it', async () => {
    const { guid } = await starting();
    await world.ledger.sessions.recordEnding(guid, { cause: 'spin-up-failed', message: 'too late' });

    await world.ledger.sessions.recordHandle(guid, HANDLE);
    await world.ledger.sessions.recordRegistered(guid);

    expect(await world.ledger.sessions.find(guid)).toMatchObject({ state: 'draining', handle: HANDLE });
    expect(await agentEvents(guid)).toEqual(['agent:starting', 'spin-up:failed', 'spin-up:started']);
  });
});

test('keeps the supervising activity for heartbeats until the agent is gone', async () => {
  const { guid } = await starting();
  const before = await world.ledger.sessions.findSupervision(guid);

  await world.ledger.sessions.recordSupervision(guid, Buffer.from('token'));
  const during = await world.ledger.sessions.findSupervision(guid);
  await world.ledger.sessions.recordGone(guid);

  expect(before).toBeNull();
  expect(during).toEqual({ guid, taskToken: Buffer.from('token') });
  expect(await world.ledger.sessions.findSupervision(guid)).toBeNull();
});

test('the end of a session returns the lease that dies with it, as long as it lives', async () => {
  await world.registerTarget();
  const attempt = await world.work();
  const { agentGuid } = attempt.taken;

  const lease = await world.ledger.sessions.recordEnding(agentGuid, { cause: 'lost', message: 'silent' });
  const again = await world.ledger.sessions.recordEnding(agentGuid, { cause: 'lost', message: 'silent' });
  await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });

  expect(lease).toMatchObject({ workId: attempt.writer.workId, fence: 1, taskToken: attempt.token });
  expect(again).toEqual(lease);
  expect(await world.ledger.sessions.recordEnding(agentGuid, { cause: 'lost', message: 'silent' })).toBeNull();
});

test('the end of a free agent that never took its next item is no attempt of that item', async () => {
  await world.registerTarget({ limits: { agentsMax: 1 } });
  const first = await world.work();
  await world.ledger.leases.takeReport(completed(first));
  await world.ledger.transitions.settle(first.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });
  const writer = await world.queue();
  const { taken } = await world.start(writer);
  const { token, assignment } = await world.lease(writer, { taken });

  const untouched = await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'lost', message: 'silent' });
  await world.ledger.leases.takeReport(report({ ...first, writer, taken, token, runToken: assignment.runToken }, { kind: 'claimed', seq: 1 }));
  const claimed = await world.ledger.sessions.recordEnding(taken.agentGuid, { cause: 'lost', message: 'silent' });

  expect(taken.agentGuid).toBe(first.taken.agentGuid);
  expect(untouched).toMatchObject({ workId: writer.workId, untouched: true });
  expect(claimed).toMatchObject({ workId: writer.workId, untouched: false });
});

test('the end of a free session leaves no lease and no free agent', async () => {
  await world.registerTarget({ limits: { agentsMax: 1 } });
  const attempt = await world.work();
  await world.ledger.leases.takeReport(completed(attempt));
  await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });

  expect(await world.ledger.sessions.recordEnding(attempt.taken.agentGuid, { cause: 'left', message: 'bye' })).toBeNull();
  const next = await world.queue();

  expect((await world.grantSlots()).grants).toEqual([]);
  expect((await world.item(next.workId)).reason).toContain('at its limit');
});

test('a slot on an agent that has left is refused, and the item waits again', async () => {
  await world.registerTarget({ limits: { agentsMax: 1 } });
  const first = await world.work();
  await world.ledger.leases.takeReport(completed(first));
  await world.ledger.transitions.settle(first.writer, { fence: 1, outcome: { kind: 'cancelled', reason: '' } });
  const writer = await world.queue();
  const grant = await world.grantTo(writer);
  await world.ledger.sessions.recordEnding(first.taken.agentGuid, { cause: 'lost', message: 'silent' });

  const answer = await world.take(writer, grant);
  await world.ledger.sessions.recordGone(first.taken.agentGuid);

  expect(grant.choice.kind).toBe('agent');
  expect(answer).toEqual({ kind: 'refused', reason: 'the agent is no longer there' });
  expect((await world.grantTo(writer)).choice.kind).toBe('start');
});

test('lists what is not gone on a host', async () => {
  const { guid } = await starting();

  expect((await world.ledger.sessions.listOnHost(HOST, 10)).map((session) => session.guid)).toEqual([guid]);
  expect(await world.ledger.sessions.listOnHost('other-host', 10)).toEqual([]);
  await world.ledger.sessions.recordGone(guid);
  expect(await world.ledger.sessions.listOnHost(HOST, 10)).toEqual([]);
});

test('an unknown session is nobody', async () => {
  const guid = randomUUID();

  expect(await world.ledger.sessions.find(guid)).toBeNull();
  expect(await world.ledger.sessions.findForSpinUp(guid)).toBeNull();
  expect(await world.ledger.sessions.recordEnding(guid, { cause: 'lost', message: '' })).toBeNull();
  await world.ledger.sessions.recordRegistered(guid);
  await world.ledger.sessions.recordGone(guid);
});

test('a host that closes waits for a start that is just being written, so that who closed it finds the agent', async () => {
  await world.registerTarget();
  const writer = await world.queue();
  const grant = await world.grantTo(writer);
  const other = new pg.Client({ connectionString: world.databaseUrl });
  await other.connect();
  try {
    // The start has seen its host open, and cannot go on.
    await other.query('begin; lock table sessions in share mode');
    const taking = world.take(writer, grant);
    await eventually(async () => {
      expect(await world.query(`select 1 from pg_locks where relation = 'sessions'::regclass and not granted`)).toHaveLength(1);
    });

    const closing = world.ledger.sessions.closeHost(HOST).then(() => world.ledger.sessions.listOnHost(HOST, 10));
    await eventually(async () => {
      expect(await world.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%"hosts"%'`)).toHaveLength(1);
    });
    await other.query('commit');

    expect((await taking).kind).toBe('taken');
    expect(await closing).toHaveLength(1);
  } finally {
    await other.end();
  }
});
