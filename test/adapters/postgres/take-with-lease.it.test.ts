import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AUTHOR } from '../../support/author.ts';
import type { Grant } from '../../../src/domain/scheduling/grant.ts';
import type { WriteLeaseResult } from '../../../src/ports/ledger/lease-ledger.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { foreignSighting } from './foreign-sighting.ts';
import { completed, HOST, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

/** Submitted, and in the queue with that: no run has written anything yet. */
async function submitted(): Promise<Writer> {
  return { workId: (await world.submit()).id, runId: randomUUID() };
}

function awaitAgent(writer: Writer, { fence, choice }: Grant, { awaitNo = 1, guid = 'new-agent' } = {}): Promise<WriteLeaseResult> {
  const agentGuid = choice.kind === 'agent' ? choice.agentGuid : guid;
  return world.ledger.leases.writeLease(writer, { fence, awaitNo, agentGuid, taskToken: Buffer.from(`token ${String(awaitNo)}`), idleTimeoutMs: 5000 });
}

/** An agent that has done its first item and was granted to a second one. */
async function grantedAgent(): Promise<{ guid: string; writer: Writer; grant: Grant }> {
  await world.registerTarget();
  const done = await world.work();
  await world.ledger.leases.takeReport(completed(done));
  await world.ledger.transitions.settle(done.writer, { fence: 1, outcome: { kind: 'completed', result: { completedAt: new Date().toISOString() } } });
  const writer = await submitted();
  return { guid: done.taken.agentGuid, writer, grant: await world.grantTo(writer) };
}

async function slotOf({ workId }: Writer): Promise<unknown> {
  const [slot] = await world.query('select state, agent_guid, run_id, attempt from slots where work_id = $1 order by fence desc limit 1', [workId]);
  return slot;
}

test('what is granted says of an item whose workflow is not known to have been started what that is started with', async () => {
  await world.registerTarget({ limits: { agentsMax: 10 } });
  const deadline = '2099-01-02T03:04:05.000Z';
  const item = await world.submit({ priority: 8, deadline });
  const told = await world.grantTo({ workId: item.id, runId: '' });
  await world.ledger.work.recordStarted(item.id);
  const again = (await world.grantSlots({ resendMs: 0 })).grants.find(({ workId }) => workId === item.id);

  const { id, projectId, capability, boundary, limits, offeredAt, attempts, retries, phase, status } = item;
  expect(told).toMatchObject({
    unstarted: { id, projectId, capability, boundary, limits, offeredAt, attempts, retries, phase, status, priority: 8, deadline },
  });
  expect(JSON.stringify(told)).not.toContain(item.description);
  expect(again).toEqual({ ...told, unstarted: null });
});

test('what is granted says the terms on which it is', async () => {
  const target = await world.registerTarget({ name: 'laptop' });
  await world.query(`update projects set policy = '{"retry": {"recoverable": {"attemptsMax": 7}}}'`);
  const writer = await submitted();

  const grant = await world.grantTo(writer);

  expect(grant).toMatchObject({
    fence: 1,
    choice: { kind: 'start', targetId: target.id },
    terms: { attempt: 1, targetName: 'laptop', mechanism: 'local', retry: { recoverable: { attemptsMax: 7 } } },
  });
});

describe('a slot that is granted as a start', () => {
  test('is taken with the lease, and the session is there to be supervised, however often that is asked for', async () => {
    await world.registerTarget();
    const writer = await submitted();
    const grant = await world.grantTo(writer);

    const first = await awaitAgent(writer, grant);
    const again = await awaitAgent(writer, grant, { awaitNo: 2 });

    expect(first).toMatchObject({ kind: 'written', toSupervise: true, assignment: { guid: 'new-agent', fence: 1, attempt: 1 } });
    expect(again).toMatchObject({ kind: 'written', toSupervise: true });
    expect(await slotOf(writer)).toEqual({ state: 'taken', agent_guid: 'new-agent', run_id: writer.runId, attempt: 1 });
    expect(await world.ledger.sessions.find('new-agent')).toMatchObject({ state: 'starting', workId: writer.workId, hostId: HOST });
    expect(await world.item(writer.workId)).toMatchObject({ phase: 'starting', attempts: 1 });
    expect(await world.events(writer.workId)).toEqual(['work:submitted', 'work:queued', 'work:granted', 'spin-up:triggered']);
    await world.ledger.sessions.recordRegistered('new-agent');
    expect(await awaitAgent(writer, grant, { awaitNo: 3 })).not.toHaveProperty('toSupervise');
  });

  test('counts against its target once, before it is taken and after', async () => {
    await world.registerTarget({ limits: { agentsMax: 1 } });
    const writer = await submitted();
    const grant = await world.grantTo(writer);
    await submitted();

    const before = await world.grantSlots();
    await awaitAgent(writer, grant);
    const after = await world.grantSlots();

    expect([before.grants, after.grants]).toEqual([[], []]);
  });

  test.each([
    ['its target was removed', (id: string) => world.ledger.targets.remove({ idOrName: id, first: 'default', projects: 'all' }, AUTHOR)],
    ['its host was stopped', () => world.ledger.sessions.closeHost(HOST)],
  ])('is refused when %s, and nothing is left of it', async (_, happens) => {
    const target = await world.registerTarget();
    const writer = await submitted();
    const grant = await world.grantTo(writer);
    await happens(target.id);

    const refused = await awaitAgent(writer, grant);

    expect(refused).toMatchObject({ kind: 'refused' });
    expect(await world.ledger.sessions.find('new-agent')).toBeNull();
    expect(await world.item(writer.workId)).toMatchObject({ phase: 'waiting', attempts: 0 });
    await world.ledger.transitions.requeue(writer, { fence: 1, failure: null, delayMs: 0, reason: 'refused', counted: false });
    expect(await slotOf(writer)).toMatchObject({ state: 'released' });
  });

  test('is not taken once the item is to be cancelled', async () => {
    await world.registerTarget();
    const writer = await submitted();
    const grant = await world.grantTo(writer);
    await world.ledger.work.requestCancel(writer.workId, 'no', AUTHOR);

    expect(await awaitAgent(writer, grant)).toMatchObject({ kind: 'refused' });
    expect(await world.ledger.sessions.find('new-agent')).toBeNull();
  });
});

test('a free agent is taken with the lease, and not when it has left meanwhile', async () => {
  const { guid, writer, grant } = await grantedAgent();

  const written = await awaitAgent(writer, grant);

  expect(grant.choice).toMatchObject({ kind: 'agent', agentGuid: guid });
  expect(written).toMatchObject({ kind: 'written', assignment: { guid: guid } });
  expect(written).not.toHaveProperty('toSupervise');
  expect(await world.item(writer.workId)).toMatchObject({ phase: 'leased', assignedToAgent: { guid: guid, agentType: 'claude-code' } });
});

test('a free agent that has left since it was granted is refused', async () => {
  const { guid, writer, grant } = await grantedAgent();
  await world.ledger.sessions.recordEnding(guid, { cause: 'lost', message: 'gone' });

  expect(await awaitAgent(writer, grant)).toEqual({ kind: 'refused', reason: 'the agent is no longer there' });
});

test('an agent that registered by itself is offered the item with the lease', async () => {
  await world.ledger.agents.recordSightings([foreignSighting('a')]);
  const writer = await submitted();
  const grant = await world.grantTo(writer);

  expect(await awaitAgent(writer, grant)).toMatchObject({ kind: 'written', protocol: 'weft', assignment: { guid: 'a' } });
  expect(await world.item(writer.workId)).toMatchObject({ phase: 'starting', attempts: 1 });
});

describe('an item that was queued when it was submitted', () => {
  test('belongs to the first run that writes, and to no other after that', async () => {
    await world.registerTarget();
    const writer = await submitted();
    const grant = await world.grantTo(writer);
    await awaitAgent(writer, grant);
    const other = { ...writer, runId: randomUUID() };

    expect(await awaitAgent(other, grant, { awaitNo: 9 })).toEqual({ kind: 'refused', reason: 'the work item belongs to another run' });
    await expect(world.ledger.transitions.settle(other, { fence: 1, outcome: { kind: 'cancelled', reason: '' } })).rejects.toMatchObject({ code: 'STALE_RUN' });
  });

  test('is settled by a run that has written nothing before', async () => {
    const writer = await submitted();

    await world.ledger.transitions.settle(writer, { fence: 0, outcome: { kind: 'cancelled', reason: 'not needed' } });

    expect(await world.item(writer.workId)).toMatchObject({ phase: 'cancelled' });
    expect(await world.query('select 1 from queue')).toEqual([]);
  });

  test('keeps its place, or its slot, when it is admitted all the same', async () => {
    await world.registerTarget();
    const granted = await submitted();
    await world.grantTo(granted);
    await world.ledger.transitions.admit(granted, false);

    expect(await world.query('select 1 from queue where work_id = $1', [granted.workId])).toEqual([]);
    expect(await world.events(granted.workId)).toEqual(['work:submitted', 'work:queued', 'work:granted', 'spin-up:triggered']);
    expect(await world.grantSlots()).toMatchObject({ grants: [] });
  });
});
