import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { AUTHOR } from '../../support/author.ts';
import { deploymentWords } from './deployment-words.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
const { create, refTo, find, keep, replicas, states, agentOf, bringUp, end, events } = deploymentWords(() => world);

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world.close());

async function aTarget(agentsMax = 10, capability = `can-${randomUUID()}`): Promise<{ id: string; name: string; capability: string }> {
  const { id, name } = await world.registerTarget({ capabilities: [capability], limits: { agentsMax } });
  return { id, name, capability };
}

function turn(id: string, to: 'pause' | 'resume' | 'restart' | 'drain' | 'remove') {
  return world.ledger.deployments.turn(refTo(id), to, AUTHOR);
}

/** What the row of an agent's session says. */
async function sessionOf(guid: string): Promise<object> {
  const rows = await world.query('select state, task, idle_timeout_ms, end_cause from sessions where guid = $1', [guid]);
  return rows[0] ?? {};
}

describe('a deployment', () => {
  test('asks for all its agents at once; as many start as there is room for, and the others wait', async () => {
    const target = await aTarget(2);
    const { id } = await create({ targets: [target.name], replicas: 3 });

    const round = await keep(id);
    expect(await states(id)).toEqual(['waiting', 'waiting', 'waiting']);
    expect(round).toMatchObject({ hasStarts: true, removed: false, stop: [] });
    await world.grantSlots();

    expect([...(await states(id))].sort()).toEqual(['starting', 'starting', 'waiting']);
    await keep(id);
    expect((await keep(id)).lookAgainInMs).toBeNull();
    expect((await find(id)).status).toMatchObject({ phase: 'progressing', desired: 3, starting: 3, ready: 0 });
  });

  test('keeps agents that take work items, are free at once and never idle for too long', async () => {
    const target = await aTarget();
    const { id } = await create({ targets: [target.id], replicas: 1 });
    await bringUp(id);
    const guid = await agentOf(id, 0);

    expect(await sessionOf(guid)).toMatchObject({ state: 'free', task: 'serve', idle_timeout_ms: 0 });
    const writer = await world.queue({ capability: target.capability });
    expect((await world.grantTo(writer)).choice).toMatchObject({ kind: 'agent', agentGuid: guid });
    expect(await states(id)).toEqual(['ready']);
    expect((await find(id)).status).toMatchObject({ phase: 'available', ready: 1, updated: 1 });
    expect(await events(id)).toEqual(['created', 'replica-starting', 'phase-changed']);
  });

  test('runs the command of its target when that is its task', async () => {
    const { id } = await create({ targets: [(await aTarget()).name], task: 'command' });
    await bringUp(id);

    expect(await sessionOf(await agentOf(id, 0))).toMatchObject({ state: 'busy', task: 'command' });
    expect(await states(id)).toEqual(['ready']);
  });

  test.each([
    ['lost', 'failed', 1],
    ['left', 'exited', 1],
    ['stopped', 'interrupted', 0],
  ] as const)('replaces an agent that was %s, once it is verified gone', async (cause, how, failures) => {
    const { id } = await create({ targets: [(await aTarget()).name], backoff: { initialMs: 100 } });
    await bringUp(id);
    const guid = await agentOf(id, 0);

    await world.ledger.sessions.recordEnding(guid, { cause, message: 'it is told' });
    await keep(id);
    expect(await states(id)).toEqual(['stopping']);
    await world.ledger.sessions.recordGone(guid);
    const { lookAgainInMs } = await keep(id);

    expect(await replicas(id)).toEqual([expect.objectContaining({ failures, restarts: 1, lastEnd: 'it is told' })]);
    expect(lookAgainInMs === null).toBe(failures === 0);
    await world.query("update deployment_replicas set not_before = now() - interval '1 s' where deployment_id = $1", [id]);
    await bringUp(id);
    expect(await agentOf(id, 0)).not.toBe(guid);
    const [ended] = await world.query('select data from events where entity_id = $1 and type = $2', [id, 'deployment:replica-ended']);
    expect(ended).toMatchObject({ data: { agentGuid: guid, how, message: 'it is told' } });
  });

  test('leaves a command that ended well at that when its policy says so, but not one that failed', async () => {
    const { id } = await create({ targets: [(await aTarget()).name], task: 'command', replicas: 2, restartPolicy: 'on-failure' });
    await bringUp(id);
    await world.ledger.sessions.recordFailedExit(await agentOf(id, 1));

    for (const index of [0, 1]) await end(await agentOf(id, index), 'left');
    await keep(id);

    expect((await replicas(id)).map(({ finished, failures }) => ({ finished, failures }))).toEqual([
      { finished: true, failures: 1 },
      { finished: false, failures: 1 },
    ]);
  });

  test('is said to be crash-looping when an agent fails again and again', async () => {
    const { id } = await create({ targets: [(await aTarget()).name], backoff: { initialMs: 100, maxMs: 100 } });
    for (let count = 0; count < 3; count++) {
      await bringUp(id);
      await end(await agentOf(id, 0), 'lost');
      await keep(id);
      await world.query("update deployment_replicas set not_before = now() - interval '1 s' where deployment_id = $1", [id]);
    }
    await keep(id);

    expect((await find(id)).status).toMatchObject({ phase: 'crash-looping', restarts: 3 });
    expect((await find(id)).conditions).toContainEqual(expect.objectContaining({ type: 'CrashLooping', status: 'True' }));
  });
});

describe('fewer replicas', () => {
  test('take back what waits, send away who is free, and let who works finish its item', async () => {
    const target = await aTarget(3);
    const { id } = await create({ targets: [target.name], replicas: 4 });
    await bringUp(id);
    const waiting = (await states(id)).indexOf('waiting');
    const attempt = await world.work({ capability: target.capability });
    const busy = attempt.taken.agentGuid;

    await world.ledger.deployments.update(refTo(id), { replicas: 0 }, AUTHOR);
    const { stop } = await keep(id);

    expect(stop.map(({ guid }) => guid)).not.toContain(busy);
    expect(stop).toHaveLength(2);
    expect(await sessionOf(busy)).toMatchObject({ state: 'busy' });
    expect((await states(id)).filter((state) => state === 'stopping')).toHaveLength(3);
    expect(await world.query('select id from spin_ups where deployment_id = $1 and status = $2', [id, 'pending'])).toEqual([]);
    await world.ledger.transitions.settle(attempt.writer, {
      fence: attempt.taken.fence,
      outcome: { kind: 'cancelled', reason: 'enough' },
    });
    expect(await sessionOf(busy)).toMatchObject({ state: 'draining' });
    expect((await keep(id)).stop.map(({ guid }) => guid)).toContain(busy);

    const agents = (await replicas(id)).flatMap(({ agentGuid }) => agentGuid ?? []);
    for (const guid of agents) await end(guid, 'stopped');
    await keep(id);
    expect(await replicas(id)).toEqual([]);
    expect(waiting).toBeGreaterThanOrEqual(0);
  });

  test('never give an agent that is sent away another item', async () => {
    const target = await aTarget(1);
    const { id } = await create({ targets: [target.name] });
    await bringUp(id);
    const writer = await world.queue({ capability: target.capability });

    await turn(id, 'drain');
    await keep(id);

    expect((await world.grantSlots()).grants.filter(({ workId }) => workId === writer.workId)).toEqual([]);
  });
});

describe('a restart', () => {
  test('replaces the replicas one at a time, each when the one before is ready', async () => {
    const { id } = await create({ targets: [(await aTarget()).name], replicas: 3 });
    await bringUp(id);
    const beReadyForLong = () => world.query("update sessions set registered_at = now() - interval '1 hour' where state = 'free'");
    await beReadyForLong();
    const before = await Promise.all([0, 1, 2].map((index) => agentOf(id, index)));
    await turn(id, 'restart');

    for (const index of [0, 1, 2]) {
      const { stop } = await keep(id);
      expect(stop.map(({ guid }) => guid)).toEqual([before[index]]);
      expect((await states(id)).filter((state) => state === 'ready')).toHaveLength(2);
      await end(before[index] ?? '', 'stopped');
      await bringUp(id);
      await beReadyForLong();
    }

    expect((await keep(id)).stop).toEqual([]);
    expect((await find(id)).status).toMatchObject({ phase: 'available', updated: 3, restarts: 0 });
  });
});

describe('the places', () => {
  test('are spread, and only those targets are used that offer what is needed', async () => {
    const capability = `can-${randomUUID()}`;
    const [here, there, other] = [await aTarget(9, capability), await aTarget(9, capability), await aTarget(9)];
    const { id } = await create({ targets: [other.name, here.name, there.name], replicas: 4, needs: { capabilities: [capability] } });

    await keep(id);

    expect((await replicas(id)).map(({ targetName }) => targetName)).toEqual([here.name, there.name, here.name, there.name]);
  });

  test('change when there is room elsewhere', async () => {
    const full = await aTarget(1);
    const { id } = await create({ targets: [full.name], replicas: 2 });
    await bringUp(id);
    const roomy = await aTarget(1);
    await world.ledger.deployments.update(refTo(id), { targets: [full.name, roomy.name] }, AUTHOR);

    expect((await keep(id)).lookAgainInMs).toBe(1);
    await bringUp(id);

    expect(await states(id)).toEqual(['ready', 'ready']);
    expect((await replicas(id)).map(({ targetName }) => targetName).sort()).toEqual([full.name, roomy.name].sort());
  });

  test('are missing while every target is disabled, which is said, and nothing is asked for', async () => {
    const target = await aTarget();
    const { id } = await create({ targets: [target.name] });
    await world.ledger.targets.disable(refTo(target.name), null, AUTHOR);

    await keep(id);

    expect(await replicas(id)).toEqual([]);
    const { status, conditions } = await find(id);
    expect(status.phase).toBe('degraded');
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Placeable', status: 'False', message: `The target "${target.name}" is disabled.` }));
  });
});

test('a deployment that is removed is gone when its last agent is, and its name is free then', async () => {
  const { name: target } = await aTarget();
  const { id, name } = await create({ targets: [target] });
  await bringUp(id);
  await turn(id, 'remove');
  await keep(id);
  await expect(create({ name, targets: [target] })).rejects.toMatchObject({ code: 'CONFLICT' });

  await end(await agentOf(id, 0), 'stopped');

  expect(await keep(id)).toMatchObject({ removed: true });
  expect(await keep(id)).toMatchObject({ removed: true });
  expect(await world.ledger.deployments.find(refTo(id))).toBeNull();
  expect((await create({ name, targets: [target] })).id).not.toBe(id);
  expect((await events(id)).slice(-2)).toEqual(['replica-ended', 'removed']);
});

test('a pause starts nothing, and what is resumed goes on', async () => {
  const { id } = await create({ targets: [(await aTarget()).name], replicas: 2, paused: true });
  await keep(id);
  expect(await replicas(id)).toEqual([]);
  expect((await find(id)).status.phase).toBe('paused');

  await turn(id, 'resume');
  await bringUp(id);

  expect(await states(id)).toEqual(['ready', 'ready']);
});

test('two looks at the same time do what one would', async () => {
  const { id } = await create({ targets: [(await aTarget(20)).name], replicas: 5 });

  await Promise.all(Array.from({ length: 6 }, () => keep(id)));
  await Promise.all([world.grantSlots(), keep(id), world.grantSlots(), keep(id)]);

  expect(await world.query('select count(*)::int as n from spin_ups where deployment_id = $1', [id])).toEqual([{ n: 5 }]);
  expect(await states(id)).toEqual(Array.from({ length: 5 }, () => 'starting'));
});

test('every change is in the audit, and a repeat of a switch is none', async () => {
  const { id } = await create({ targets: [(await aTarget()).name] });
  for (const to of ['pause', 'pause', 'resume', 'resume', 'restart', 'drain', 'drain', 'resume'] as const) await turn(id, to);
  await world.ledger.deployments.update(refTo(id), { replicas: 2 }, AUTHOR);
  await turn(id, 'remove');

  const rows = await world.query<{ action: string }>('select action from audit where entity_id = $1 order by id', [id]);
  expect(rows.map(({ action }) => action.replace('deployment.', ''))).toEqual(['create', 'pause', 'resume', 'restart', 'drain', 'resume', 'update', 'remove']);
  await expect(turn(id, 'pause')).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('the reconciler sees whose agents have changed, and who is as it should be', async () => {
  const quiet = await create({ targets: [(await aTarget()).name] });
  const stirred = await create({ targets: [(await aTarget()).name] });
  for (const { id } of [quiet, stirred]) await bringUp(id);
  await end(await agentOf(stirred.id, 0), 'lost');

  const holders = await world.ledger.deployments.listHolders({ after: null, limit: 1000 });

  const unsettled = new Map(holders.map((holder) => [holder.id, holder.unsettled]));
  expect([unsettled.get(quiet.id), unsettled.get(stirred.id)]).toEqual([false, true]);
  expect(await world.ledger.deployments.ownerOf(await agentOf(quiet.id, 0))).toEqual({ id: quiet.id, projectId: 'default', name: quiet.name });
  expect(await world.ledger.deployments.ownerOf(randomUUID())).toBeNull();
});
