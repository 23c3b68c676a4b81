import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Expectation } from '../../../src/domain/scheduling/foresee.ts';
import type { WorkSubmit } from '../../../src/domain/work/work-item.ts';
import { AUTHOR } from '../../support/author.ts';
import { completed, HOST, newItem, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld({ slotsMax: 5 });
});

afterEach(() => world.clear());
afterAll(() => world.close());

/** What a new item is told. */
async function prospectOf(body: Partial<WorkSubmit> = {}): Promise<Expectation> {
  const { item, classification } = await world.ledger.work.submit({ item: newItem(body), key: null, author: AUTHOR });
  if (classification.kind === 'forbidden') throw new Error(classification.reason);
  return world.ledger.routing.foresee(item, classification.needs);
}

/** An agent that has done one item and is free. */
async function freeAgent(body: Partial<WorkSubmit> = {}): Promise<void> {
  const attempt = await world.work(body);
  await world.ledger.leases.takeReport(completed(attempt));
  await world.ledger.transitions.settle(attempt.writer, { fence: 1, outcome: { kind: 'completed', result: { completedAt: new Date().toISOString() } } });
}

describe('a new item', () => {
  test('expects nothing where there is no target', async () => {
    expect((await prospectOf()).prospect).toBe('nothing');
  });

  test('expects a start where a target has room, and nothing where none can do it', async () => {
    await world.registerTarget();

    expect((await prospectOf()).prospect).toBe('start');
    expect((await prospectOf({ capability: 'paint' })).prospect).toBe('nothing');
    expect((await prospectOf({ boundary: 'corporate' })).prospect).toBe('nothing');
  });

  test('waits behind one that takes the last place, whether that one is queued, granted or started', async () => {
    await world.registerTarget({ limits: { agentsMax: 1 } });
    const first = await world.queue();

    expect((await prospectOf()).prospect).toBe('full');
    const grant = await world.grantTo(first);
    expect((await prospectOf()).prospect).toBe('full');
    await world.take(first, grant);
    expect((await prospectOf()).prospect).toBe('full');
  });

  test('goes before a less urgent one', async () => {
    await world.registerTarget({ limits: { agentsMax: 1 } });
    await world.queue({ priority: 2 });

    expect((await prospectOf({ priority: 3 })).prospect).toBe('start');
  });

  test('expects a free agent, and a start behind one that takes it', async () => {
    await world.registerTarget();
    await freeAgent();

    expect((await prospectOf()).prospect).toBe('agent');
    await world.queue();
    expect((await prospectOf()).prospect).toBe('start');
  });

  test('knows what it was granted meanwhile', async () => {
    await world.registerTarget({ limits: { agentsMax: 1 } });
    const item = await world.submit();
    const writer = { workId: item.id, runId: randomUUID() };
    await world.ledger.transitions.admit(writer, false);
    await world.grantTo(writer);

    const needs = { capability: item.capability, boundary: item.boundary, agentTypes: ['claude-code' as const] };
    expect(await world.ledger.routing.foresee(item, needs)).toEqual({ prospect: 'start', agentType: 'claude-code' });
  });

  test('is told the type of the agent: the preferred one, however long others have been free, and the other one while only that is there', async () => {
    const preferred = { preferredAgentType: 'claude-code' } as const;
    await world.registerTarget({ agentType: 'copilot-cli' });
    expect(await prospectOf(preferred)).toEqual({ prospect: 'start', agentType: 'copilot-cli' });
    await freeAgent({ requiredAgentType: 'copilot-cli', priority: 10 });
    await world.query('delete from queue');
    expect(await prospectOf(preferred)).toEqual({ prospect: 'agent', agentType: 'copilot-cli' });
    await world.registerTarget();
    await world.query('delete from queue');
    await freeAgent({ requiredAgentType: 'claude-code' });

    expect(await prospectOf(preferred)).toEqual({ prospect: 'agent', agentType: 'claude-code' });
    expect(await prospectOf(preferred)).toEqual({ prospect: 'agent', agentType: 'copilot-cli' });
  });

  test('waits for its project’s limit of slots', async () => {
    await world.registerTarget({ limits: { agentsMax: 50 } });
    for (let n = 0; n < 5; n++) await world.grantTo(await world.queue());

    expect((await prospectOf()).prospect).toBe('full');
  });

  test('expects nothing from a stopped host', async () => {
    await world.registerTarget();
    await world.ledger.sessions.closeHost(HOST);

    expect((await prospectOf()).prospect).toBe('nothing');
  });

  test('is classified by its project’s own policy', async () => {
    await world.submit({ projectId: 'strict' });
    await world.query(`update projects set policy = '{"boundaries":{"open-source":{"agentTypes":["copilot-cli"]},"personal":"forbid"}}' where id = 'strict'`);

    const { classification } = await world.ledger.work.submit({ item: newItem({ projectId: 'strict' }), key: null, author: AUTHOR });
    expect(classification).toMatchObject({ kind: 'eligible', needs: { agentTypes: ['copilot-cli'] } });
    const forbidden = await world.ledger.work.submit({ item: newItem({ projectId: 'strict', boundary: 'personal' }), key: null, author: AUTHOR });
    expect(forbidden.classification).toMatchObject({ kind: 'forbidden', reason: expect.stringContaining('personal') });
  });
});

describe('a preview', () => {
  const preview = (body: Partial<WorkSubmit> = {}, candidatesMax = 10) =>
    world.ledger.routing.preview({ item: newItem(body), submitter: AUTHOR.name, candidatesMax });

  test('names every candidate with the rule that kept or dropped it, and what is chosen', async () => {
    const open = await world.registerTarget({ name: 'open' });
    const other = await world.registerTarget({ name: 'other', capabilities: ['paint'] });
    const foreign = await world.registerTarget({ name: 'foreign', projectId: 'elsewhere' });

    const found = await preview();

    expect(found).toMatchObject({ prospect: 'start', chosen: { choice: { kind: 'start', targetId: open.id } }, reason: null, candidatesTotal: 2, position: 1 });
    expect(found.candidates.map(({ targetName, rule, kept }) => ({ targetName, rule, kept }))).toEqual(
      expect.arrayContaining([
        { targetName: 'open', rule: 'kept', kept: true },
        { targetName: 'other', rule: 'capability', kept: false },
      ]),
    );
    expect(JSON.stringify(found)).not.toContain(foreign.id);
    expect(found.candidates.map(({ choice }) => choice.targetId)).toEqual(expect.arrayContaining([open.id, other.id]));
  });

  test('stands behind those that wait, and says why it waits', async () => {
    await world.registerTarget({ limits: { agentsMax: 1 } });
    await world.queue();
    await world.queue({ priority: 1 });

    expect(await preview()).toMatchObject({ prospect: 'full', chosen: null, reason: expect.stringContaining('limit'), position: 2 });
  });

  test('agrees with what the item is granted when it comes', async () => {
    await world.registerTarget();
    await world.registerTarget({ agentType: 'copilot-cli' });
    await freeAgent();
    for (const body of [{}, { requiredAgentType: 'copilot-cli' as const }, { boundary: 'corporate' }]) {
      const { chosen } = await preview(body);
      const writer = await world.queue(body);

      const { grants } = await world.grantSlots();

      expect(grants.find(({ workId }) => workId === writer.workId)?.choice ?? null).toEqual(chosen?.choice ?? null);
    }
  });

  test('is bounded, and writes nothing', async () => {
    for (let n = 0; n < 4; n++) await world.registerTarget();
    const tables = ['work_items', 'queue', 'slots', 'events', 'audit', 'projects'];
    const counts = () => Promise.all(tables.map((table) => world.query(`select count(*) from ${table}`)));
    const before = await counts();

    expect(await preview({ projectId: 'never-heard-of' })).toMatchObject({ prospect: 'nothing', candidatesTotal: 0, position: 1 });
    const found = await preview({}, 3);

    expect([found.candidates.length, found.candidatesTotal]).toEqual([3, 4]);
    expect(await counts()).toEqual(before);
  });
});

describe('the waits of a kind of items', () => {
  const KIND = { projectId: 'default', capability: 'build', boundary: 'open-source' };

  test('are medians of what was measured, apart for free agents and for starts', async () => {
    await world.registerTarget();
    await freeAgent();
    const warm = await world.work();
    await world.query(`update work_items set offered_at = assigned_at - make_interval(secs => case when id = $1 then 2 else 40 end)`, [warm.writer.workId]);

    const waits = await world.ledger.routing.medianWaits(KIND);

    expect(waits).toEqual({ all: expect.closeTo(21), agent: expect.closeTo(2), start: expect.closeTo(40) });
  });

  test('are not known where nothing was ever assigned', async () => {
    expect(await world.ledger.routing.medianWaits(KIND)).toEqual({ all: null, agent: null, start: null });
  });
});
