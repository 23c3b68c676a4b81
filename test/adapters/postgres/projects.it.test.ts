import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { OwnPolicy } from '../../../src/domain/policy/project-policy.ts';
import type { Project } from '../../../src/domain/projects/project.ts';
import { AUTHOR } from '../../support/author.ts';
import { completed, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

const FORBIDDEN: OwnPolicy = { boundaries: { 'open-source': 'forbid' } };
const COPILOT_ONLY: OwnPolicy = { boundaries: { 'open-source': { agentTypes: ['copilot-cli'] } } };
const NO_STARTS: OwnPolicy = { boundaries: { 'open-source': { agentTypes: ['claude-code'], triggerSpinUpOnEmpty: false } } };

test('an agent is retired by the idle limit of its target, else of its project, else of the installation; 0 = never', async () => {
  const [own, other] = [await world.registerTarget({ capabilities: ['own'], limits: { agentsMax: 1, idleTimeoutMs: 7 } }), await world.registerTarget()];
  const startedOn = async (capability: string): Promise<string> => (await world.start(await world.queue({ capability }))).taken.agentGuid;
  const byDefault = await startedOn('build');
  await setPolicy({ idleTimeoutMs: 0 });

  const [byTarget, byProject] = [await startedOn('own'), await startedOn('build')];

  expect(await world.ledger.sessions.find(byDefault)).toMatchObject({ idleTimeoutMs: 300_000, targetId: other.id });
  expect(await world.ledger.sessions.find(byTarget)).toMatchObject({ idleTimeoutMs: 7, targetId: own.id });
  expect(await world.ledger.sessions.find(byProject)).toMatchObject({ idleTimeoutMs: 0, targetId: other.id });
});

async function setPolicy(policy: OwnPolicy): Promise<Project> {
  const version = (await world.ledger.projects.find('default'))?.version ?? 0;
  return world.ledger.projects.update({ projectId: 'default', update: { version, policy }, mayChangeQuota: true }, AUTHOR);
}

describe('a rule that is tightened while an item waits', () => {
  test.each([
    ['forbids its boundary', FORBIDDEN, 'the project\'s policy allows the boundary "open-source" to no agent that this item may use'],
    ['asks for another agent type', COPILOT_ONLY, 'no target for "build" has an agent type that the boundary "open-source" allows'],
    ['starts no agents any more', NO_STARTS, 'waits for a free agent for "build": the rule of the boundary "open-source" starts none'],
  ])('holds for it when it %s, until it is loosened again', async (_how, policy, reason) => {
    await world.registerTarget();
    const { workId } = await world.queue();
    await setPolicy(policy);

    const tightened = await world.grantSlots();
    const waiting = await world.item(workId);
    await setPolicy({});
    const loosened = await world.grantSlots();

    expect(tightened.grants).toEqual([]);
    expect(waiting.reason).toBe(reason);
    expect(loosened.grants).toMatchObject([{ workId }]);
  });

  test.each([
    ['forbids its boundary', FORBIDDEN],
    ['asks for another agent type', COPILOT_ONLY],
    ['starts no agents any more', NO_STARTS],
  ])('takes back the slot that it has not taken yet when it %s', async (_how, policy) => {
    await world.registerTarget();
    const writer = await world.queue();
    const grant = await world.grantTo(writer);
    await setPolicy(policy);

    const answer = await world.take(writer, grant);

    expect(answer.kind).toBe('refused');
    expect(await world.item(writer.workId)).toMatchObject({ phase: 'waiting' });
    expect(await world.query('select guid from sessions')).toEqual([]);
    expect((await world.grantSlots()).grants).toEqual([]);
  });

  test('keeps the item from a free agent of a type that it forbids', async () => {
    await world.registerTarget();
    const attempt = await world.work();
    await world.ledger.leases.takeReport(completed(attempt));
    await world.ledger.transitions.settle(attempt.writer, {
      fence: attempt.taken.fence,
      outcome: { kind: 'completed', result: { summary: 'done', completedAt: '2030-01-01T00:00:00.000Z' } },
    });
    await setPolicy(COPILOT_ONLY);
    const next = await world.queue();

    expect((await world.grantSlots()).grants).toEqual([]);
    await setPolicy(NO_STARTS);
    expect((await world.grantSlots()).grants).toMatchObject([{ workId: next.workId, choice: { kind: 'agent', agentGuid: attempt.taken.agentGuid } }]);
  });

  test('leaves an attempt that has begun alone', async () => {
    await world.registerTarget();
    const writer = await world.queue();
    const { taken } = await world.start(writer);
    await setPolicy(FORBIDDEN);

    expect(await world.lease(writer, { taken })).toMatchObject({ kind: 'written' });
  });
});

test('no more slots are handed out than the project may hold now', async () => {
  await world.registerTarget();
  await setPolicy({ slotsMax: 1 });
  for (let item = 0; item < 3; item++) await world.queue();

  expect((await world.grantSlots()).grants).toHaveLength(1);
  expect(await world.ledger.projects.find('default')).toMatchObject({ slotsHeld: 1, effectivePolicy: { slotsMax: 1 } });
  await setPolicy({ slotsMax: 3 });
  expect((await world.grantSlots()).grants).toHaveLength(2);
});

test('of changes that were made from the same version one holds, and the others are told', async () => {
  const { version } = await setPolicy({});

  const results = await Promise.allSettled(
    [1, 2, 3].map((slotsMax) =>
      world.ledger.projects.update({ projectId: 'default', update: { version, policy: { slotsMax } }, mayChangeQuota: true }, AUTHOR),
    ),
  );

  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONFLICT', details: { version: version + 1 } });
  expect(await world.query(`select count(*)::int as n from audit where action = 'project.update'`)).toEqual([{ n: 2 }]);
});

test('a project that two make at once is made once', async () => {
  const make = (slotsMax: number) =>
    world.ledger.projects.update({ projectId: 'new', update: { version: 0, policy: { slotsMax } }, mayChangeQuota: true }, AUTHOR);

  const results = await Promise.allSettled([make(1), make(2)]);

  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(await world.ledger.projects.find('new')).toMatchObject({ version: 1 });
});

test('a project is there once it was asked for, can be made to say something, and is not changed by being asked for again', async () => {
  await world.ledger.projects.ensure('asked');
  expect(await world.ledger.projects.find('asked')).toMatchObject({ version: 0, policy: {} });

  await world.ledger.projects.update({ projectId: 'asked', update: { version: 0, policy: { slotsMax: 7 } }, mayChangeQuota: true }, AUTHOR);
  const changed = await world.ledger.projects.find('asked');
  await world.ledger.projects.ensure('asked');

  expect(changed).toMatchObject({ version: 1, policy: { slotsMax: 7 } });
  expect(await world.ledger.projects.find('asked')).toEqual(changed);
});

test('a project that was never used has the default policy', async () => {
  expect(await world.ledger.projects.policyOf('unheard-of')).toMatchObject({ slotsMax: 1000, otherBoundaries: 'any' });
});
