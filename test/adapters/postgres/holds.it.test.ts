import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AUTHOR } from '../../support/author.ts';
import type { HoldWish } from '../../../src/domain/holds/hold.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

function change(projectId: string | null, wish: HoldWish, reason: string | null = null) {
  return world.ledger.holds.change(projectId, { wish, reason, author: AUTHOR });
}

async function stateOf(projectId: string): Promise<string | undefined> {
  return (await world.ledger.projects.find(projectId))?.activity.state;
}

/** Ids of the items that the next round grants something to. */
async function granted(): Promise<string[]> {
  return (await world.grantSlots()).grants.map(({ workId }) => workId);
}

describe('a pause', () => {
  test('of a project lets its items wait with that reason, others go on, and ends with a resume', async () => {
    for (const projectId of ['held', 'other']) await world.registerTarget({ projectId });
    const [held, other] = [await world.queue({ projectId: 'held' }), await world.queue({ projectId: 'other' })];

    expect(await change('held', 'pause', 'a release')).toMatchObject({ state: 'paused', reason: 'a release', by: AUTHOR.name });

    expect(await granted()).toEqual([other.workId]);
    expect((await world.item(held.workId)).reason).toBe('the project is paused');
    expect([await stateOf('held'), await stateOf('other')]).toEqual(['paused', 'running']);
    expect(await change('held', 'resume')).toEqual({ state: 'running' });
    expect(await granted()).toEqual([held.workId]);
  });

  test('of everything holds every project, and tells each of them', async () => {
    const items = [await world.queue({ projectId: 'one' }), await world.queue({ projectId: 'two' })];
    for (const projectId of ['one', 'two']) await world.registerTarget({ projectId });

    await change(null, 'pause');

    expect(await granted()).toEqual([]);
    expect((await Promise.all(items.map(({ workId }) => world.item(workId)))).map(({ reason }) => reason)).toEqual([
      'everything is paused',
      'everything is paused',
    ]);
    expect(await world.ledger.holds.readActivity()).toMatchObject({ state: 'paused' });
    expect(await world.query("select project_id from events where type = 'project:paused' order by 1")).toEqual([{ project_id: 'one' }, { project_id: 'two' }]);
  });

  test('is written down once, with who and why, however often it is wished', async () => {
    await world.submit({ projectId: 'held' });
    for (const wish of ['pause', 'pause', 'drain', 'drain', 'resume', 'resume'] as const) await change('held', wish, wish === 'pause' ? 'why' : null);

    const audit = await world.query("select action, actor, after from audit where entity_type = 'project' order by id");
    expect(audit).toEqual([
      { action: 'project.pause', actor: AUTHOR.name, after: { state: 'paused', reason: 'why' } },
      { action: 'project.drain', actor: AUTHOR.name, after: { state: 'drained' } },
      { action: 'project.resume', actor: AUTHOR.name, after: { state: 'running' } },
    ]);
    expect(await world.query("select type, seq from events where entity_type = 'project' order by seq")).toEqual([
      { type: 'project:paused', seq: 1 },
      { type: 'project:draining', seq: 2 },
      { type: 'project:resumed', seq: 3 },
    ]);
  });

  test('of a project that there is not is nothing', async () => {
    expect(await change('nowhere', 'pause')).toBeNull();
  });
});

describe('a drain', () => {
  test.each([
    ['of the project', 'default'],
    ['of everything', null],
  ])('%s lets a busy agent finish; then it leaves, though work waits, and it is drained when the agent is gone', async (_what, projectId) => {
    await world.registerTarget({ limits: { agentsMax: 1 } });
    const { writer, taken } = await world.work();
    await change(projectId, 'drain');
    await world.queue();
    const activity = async () =>
      (projectId === null ? await world.ledger.holds.readActivity() : (await world.ledger.projects.find(projectId))?.activity)?.state;

    expect([await granted(), await activity(), await world.sessionState(taken.agentGuid)]).toEqual([[], 'draining', 'busy']);
    await world.query('update work_items set final_report_fence = fence where id = $1', [writer.workId]);
    await world.ledger.transitions.settle(writer, { fence: taken.fence, outcome: { kind: 'completed', result: { completedAt: '2030-01-01T00:00:00.000Z' } } });
    const round = await world.grantSlots();

    expect([round.grants, round.retire]).toEqual([[], [{ agentGuid: taken.agentGuid, reason: 'drained' }]]);
    expect([await activity(), await world.sessionState(taken.agentGuid)]).toEqual(['draining', 'draining']);
    await world.ledger.sessions.recordGone(taken.agentGuid);
    expect(await activity()).toBe('drained');
  });

  test('of a target lets its free agents go and leaves those of others; enabling it ends that', async () => {
    const [one, other] = [
      await world.registerTarget({ name: 'one', capabilities: ['one'] }),
      await world.registerTarget({ name: 'other', capabilities: ['other'] }),
    ];
    const attempts = [await world.work({ capability: 'one' }), await world.work({ capability: 'other' })];
    for (const { taken } of attempts)
      await world.query("update sessions set state = 'free', free_since = now(), work_id = null where guid = $1", [taken.agentGuid]);
    const ref = { idOrName: one.id, first: 'default', projects: 'all' } as const;

    expect(await world.ledger.targets.drain(ref, 'maintenance', AUTHOR)).toMatchObject({ changed: true, target: { status: 'disabled', drain: 'draining' } });
    expect(await world.ledger.targets.drain(ref, null, AUTHOR)).toMatchObject({ changed: false });

    expect((await world.grantSlots()).retire).toEqual([{ agentGuid: attempts[0]?.taken.agentGuid, reason: 'drained' }]);
    await world.ledger.sessions.recordEnding(attempts[0]?.taken.agentGuid ?? '', { cause: 'stopped', message: 'drained' });
    await world.ledger.sessions.recordGone(attempts[0]?.taken.agentGuid ?? '');
    // Nobody was idle for too long.
    expect(await world.query("select data ->> 'reason' as reason from events where type = 'agent:shutdown'")).toEqual([{ reason: 'manual' }]);
    expect(await world.ledger.targets.find(ref)).toMatchObject({ drain: 'drained', disabledReason: 'maintenance' });
    expect((await world.ledger.targets.enable(ref, AUTHOR))?.target).not.toHaveProperty('drain');
    expect(await world.ledger.targets.find({ ...ref, idOrName: other.id })).toMatchObject({ status: 'in-use' });
  });
});
