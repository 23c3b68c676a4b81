import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DeploymentCondition } from '../../../src/domain/deployments/deployment.ts';
import type { HoldWish } from '../../../src/domain/holds/hold.ts';
import { AUTHOR } from '../../support/author.ts';
import { deploymentWords } from './deployment-words.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
const { create, find, keep, states, agentOf, bringUp, end, events } = deploymentWords(() => world);

beforeAll(async () => {
  world = await openWorld();
});

afterAll(() => world.close());

/** A target of a project of its own, so that a hold concerns nothing else. */
async function aPlace(agentsMax = 10) {
  const projectId = `p-${randomUUID().slice(0, 8)}`;
  const capability = `can-${randomUUID()}`;
  const { id, name } = await world.registerTarget({ projectId, capabilities: [capability], limits: { agentsMax } });
  const ref = { idOrName: id, first: projectId, projects: 'all' } as const;
  return { projectId, capability, name, ref, at: { projectId, targets: [name] } };
}

async function hold(projectId: string | null, wish: HoldWish, reason: string | null = null): Promise<void> {
  await world.ledger.holds.change(projectId, { wish, reason, author: AUTHOR });
}

/** Whether a granting round would wake it. */
async function isDue(id: string): Promise<boolean> {
  return (await world.ledger.deployments.listDue({ limit: 1000 })).some((deployment) => deployment.id === id);
}

async function condition(id: string, type: DeploymentCondition['type']): Promise<Partial<DeploymentCondition> | undefined> {
  return (await find(id)).conditions.find((one) => one.type === type);
}

describe('a pause of its project', () => {
  test('leaves alone what runs, starts nothing, says who wished so and why, and ends with the resume', async () => {
    const { projectId, at } = await aPlace(2);
    const { id } = await create({ ...at, replicas: 3 });
    await bringUp(id);
    expect([...(await states(id))].sort()).toEqual(['ready', 'ready', 'waiting']);
    const survivor = (await states(id)).indexOf('ready');
    const other = (await states(id)).lastIndexOf('ready');

    expect(await isDue(id)).toBe(false);
    await hold(projectId, 'pause', 'a release');
    expect(await isDue(id)).toBe(true);
    await end(await agentOf(id, other), 'lost');
    expect(await keep(id)).toMatchObject({ hasStarts: false });
    expect(await isDue(id)).toBe(false);

    expect([...(await states(id))].sort()).toEqual(['none', 'none', 'ready']);
    expect(await world.sessionState(await agentOf(id, survivor))).toBe('free');
    expect((await find(id)).status).toMatchObject({ phase: 'paused', ready: 1, starting: 0 });
    expect(await condition(id, 'Held')).toMatchObject({
      status: 'True',
      reason: 'ProjectPaused',
      message: expect.stringContaining(`Its project is paused by ${AUTHOR.name} (a release)`),
    });
    await hold(projectId, 'resume');
    expect(await isDue(id)).toBe(true);
    await world.query('update deployment_replicas set not_before = null where deployment_id = $1', [id]);
    await bringUp(id);
    expect([...(await states(id))].sort()).toEqual(['ready', 'ready', 'waiting']);
    expect(await condition(id, 'Held')).toMatchObject({ status: 'False' });
  });

  test('changes nothing in another project', async () => {
    const [held, free] = [await aPlace(), await aPlace()];
    const [one, other] = [await create(held.at), await create(free.at)];
    await hold(held.projectId, 'pause');

    for (const { id } of [one, other]) await bringUp(id);

    expect([await states(one.id), await states(other.id)]).toEqual([[], ['ready']]);
  });
});

describe('a drain', () => {
  test.each([
    ['of its project', false],
    ['of everything', true],
  ])('%s lets go who is free and what runs a command, not who works, and starts nothing; a resume brings all back', async (_which, everything) => {
    const place = await aPlace();
    const [warm, watch] = [await create({ ...place.at, replicas: 2 }), await create({ ...place.at, task: 'command' })];
    for (const { id } of [warm, watch]) await bringUp(id);
    const attempt = await world.attempt(await world.queue({ projectId: place.projectId, capability: place.capability }));
    const busy = attempt.taken.agentGuid;
    const scope = everything ? null : place.projectId;

    await hold(scope, 'drain');
    const told = [await keep(warm.id), await keep(watch.id)].flatMap(({ stop }) => stop.map(({ guid }) => guid));

    expect(told).toHaveLength(2);
    expect(told).not.toContain(busy);
    expect([...(await states(warm.id))].sort()).toEqual(['ready', 'stopping']);
    expect(await states(watch.id)).toEqual(['stopping']);
    await world.ledger.transitions.settle(attempt.writer, { fence: attempt.taken.fence, outcome: { kind: 'cancelled', reason: 'enough' } });
    await keep(warm.id);
    for (const guid of [...told, busy]) await end(guid, 'stopped');
    for (const { id } of [warm, watch]) await keep(id);
    expect((await find(warm.id)).status).toMatchObject({ phase: 'drained', ready: 0, draining: 0 });
    expect(await condition(warm.id, 'Held')).toMatchObject({ reason: everything ? 'EverythingDraining' : 'ProjectDraining' });
    expect(await world.ledger.projects.find(place.projectId)).toMatchObject({ activity: { state: everything ? 'running' : 'drained' } });

    await hold(scope, 'resume');
    for (const { id } of [warm, watch]) await bringUp(id);
    expect([await states(warm.id), await states(watch.id)]).toEqual([['ready', 'ready'], ['ready']]);
    expect(await events(watch.id)).not.toContain('replica-failed');
  });

  test('of a target lets go what runs a command there, which is started where there is another', async () => {
    const place = await aPlace();
    const other = await world.registerTarget({ projectId: place.projectId, capabilities: [place.capability] });
    const { id } = await create({ ...place.at, targets: [place.name, other.name], placement: 'in-order', task: 'command' });
    await bringUp(id);
    const guid = await agentOf(id, 0);

    await world.ledger.targets.drain(place.ref, null, AUTHOR);
    expect(await isDue(id)).toBe(true);
    expect((await keep(id)).stop).toEqual([{ guid, reason: 'its target is being drained' }]);
    await end(guid, 'stopped');
    await bringUp(id);

    expect((await world.ledger.deployments.replicasOf(id)).map(({ targetName }) => targetName)).toEqual([other.name]);
  });
});

describe('a deployment that waits for a place', () => {
  test('is due when its only target is enabled again, and only then', async () => {
    const { at, ref } = await aPlace();
    await world.ledger.targets.disable(ref, null, AUTHOR);
    const { id } = await create(at);
    await keep(id);
    expect([await isDue(id), (await find(id)).status.phase]).toEqual([false, 'degraded']);

    await world.ledger.targets.enable(ref, AUTHOR);

    expect(await isDue(id)).toBe(true);
    await bringUp(id);
    expect([await isDue(id), await states(id)]).toEqual([false, ['ready']]);
  });

  test('is due when a target of that name is registered', async () => {
    const { at, ref, projectId, name } = await aPlace();
    const { id } = await create(at);
    await world.ledger.targets.remove(ref, AUTHOR);
    await keep(id);
    expect(await isDue(id)).toBe(false);

    await world.registerTarget({ projectId, name });

    expect(await isDue(id)).toBe(true);
  });

  test('is due when another target than the one where it waits has room', async () => {
    const { at, projectId, name } = await aPlace(1);
    const other = await world.registerTarget({ projectId, limits: { agentsMax: 1 } });
    const { id } = await create({ ...at, targets: [name, other.name], replicas: 3 });
    await bringUp(id);
    expect([[...(await states(id))].sort(), await isDue(id)]).toEqual([['ready', 'ready', 'waiting'], false]);
    const waiting = (await world.ledger.deployments.replicasOf(id)).find(({ state }) => state === 'waiting');
    const elsewhere = waiting?.targetName === name ? other.name : name;

    await world.ledger.targets.update({ idOrName: elsewhere, first: projectId, projects: 'all' }, { limits: { agentsMax: 2 } }, AUTHOR);

    expect(await isDue(id)).toBe(true);
    await keep(id);
    await bringUp(id);
    expect([await states(id), await isDue(id)]).toEqual([['ready', 'ready', 'ready'], false]);
  });
});
