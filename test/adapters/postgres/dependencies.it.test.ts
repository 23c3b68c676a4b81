import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkOutcome } from '../../../src/domain/work/outcome.ts';
import type { Writer } from '../../../src/ports/ledger/transition-ledger.ts';
import { AUTHOR } from '../../support/author.ts';
import { newItem, openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const COMPLETED: WorkOutcome = { kind: 'completed', result: { completedAt: '2030-01-01T00:00:00.000Z' } };
const FAILED: WorkOutcome = { kind: 'dead-lettered', reason: 'it broke', failureClass: 'fatal' };
const CANCELLED: WorkOutcome = { kind: 'cancelled', reason: 'no' };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.clear());
afterAll(() => world.close());

function end(writer: Writer, outcome: WorkOutcome = COMPLETED) {
  return world.ledger.transitions.settle(writer, { fence: 0, outcome });
}

function queueAfter(others: readonly Writer[], onDependencyFailure: 'fail' | 'release' = 'fail'): Promise<Writer> {
  return world.queue({ dependsOn: others.map(({ workId }) => workId), onDependencyFailure });
}

/** Ids of the items that the next round grants something to. */
async function granted(): Promise<string[]> {
  return (await world.grantSlots()).grants.map(({ workId }) => workId);
}

async function reasonOf({ workId }: Writer): Promise<string | undefined> {
  return (await world.item(workId)).reason;
}

describe('an item that depends on others', () => {
  test('stands in no queue until the last of them has ended, and says for how many it waits, and for which', async () => {
    const others = [await world.queue(), await world.queue()] as const;
    const item = await queueAfter(others);
    const ids = others.map(({ workId }) => workId).sort();

    expect(await world.item(item.workId)).toMatchObject({ phase: 'waiting', reason: 'waits for 2 other items', dependsOn: ids, waitsFor: ids });
    expect(await world.query('select 1 from queue where work_id = $1', [item.workId])).toEqual([]);

    await end(others[0]);
    await world.grantSlots();
    expect(await world.item(item.workId)).toMatchObject({ reason: 'waits for 1 other item', waitsFor: [others[1].workId] });

    await end(others[1]);
    await world.registerTarget();
    expect(await granted()).toEqual([item.workId]);
    expect(await world.item(item.workId)).not.toHaveProperty('waitsFor');
    expect((await world.events(item.workId)).filter((type) => type === 'work:queued')).toHaveLength(3);
  });

  test('that have all ended before it is admitted waits for nobody', async () => {
    const other = await world.queue();
    const { id } = await world.submit({ dependsOn: [other.workId] });
    await end(other);
    await world.grantSlots();
    const item = { workId: id, runId: randomUUID() };
    await world.ledger.transitions.admit(item, false);

    expect(await reasonOf(item)).toBe('waits for a slot');
    expect(await world.query('select 1 from work_items where dependents_due')).toEqual([]);
  });

  test.each([
    ['failed', FAILED],
    ['was cancelled', CANCELLED],
  ])('one of which %s is to be failed by its own workflow, with that reason', async (how, outcome) => {
    const others = [await world.queue(), await world.queue()] as const;
    const item = await queueAfter(others);
    const why = `work item ${others[0].workId}, which it depends on, ${how}`;

    await end(others[0], outcome);
    const round = await world.grantSlots();

    expect(round.failedDependents).toEqual([{ workId: item.workId, reason: why }]);
    expect((await world.item(item.workId)).phase).toBe('waiting');
    const holders = await world.ledger.reconcile.listItems({ olderThanMs: 0, after: null, limit: 10 });
    expect(holders.find(({ workId }) => workId === item.workId)).toMatchObject({ failedDependency: why });
    expect((await world.grantSlots()).failedDependents).toEqual([]);
  });

  test('one of which has failed already is failed when it is admitted', async () => {
    const other = await world.queue();
    await end(other, FAILED);
    const { id } = await world.submit({ dependsOn: [other.workId] });

    const admitted = await world.ledger.transitions.admit({ workId: id, runId: randomUUID() }, false);

    expect(admitted.result).toMatchObject({ kind: 'forbidden', failureClass: 'dependency', reason: expect.stringContaining(other.workId) });
  });

  test('is released by its policy when the last one has ended, however', async () => {
    await world.registerTarget();
    const others = [await world.queue(), await world.queue()] as const;
    await world.grantSlots();
    const item = await queueAfter(others, 'release');

    await end(others[0], FAILED);
    expect(await granted()).toEqual([]);
    await end(others[1], CANCELLED);

    expect(await granted()).toEqual([item.workId]);
  });

  test('that was cancelled, or has ended, is not touched by what they come to', async () => {
    const other = await world.queue();
    const [cancelled, ended] = [await queueAfter([other]), await queueAfter([other])];
    await world.ledger.work.requestCancel(cancelled.workId, 'no', AUTHOR);
    await end(ended, CANCELLED);

    await end(other, FAILED);

    expect((await world.grantSlots()).failedDependents).toEqual([]);
    expect(await reasonOf(cancelled)).toBe('cancel requested');
    expect(await world.query('select 1 from queue')).toEqual([]);
  });

  test('that has failed with one of them looks at them anew when it is driven again', async () => {
    const other = await world.queue();
    const item = await queueAfter([other]);
    await end(other, FAILED);
    await end(item, { kind: 'dead-lettered', reason: 'with it', failureClass: 'dependency' });
    await world.ledger.work.retry(other.workId, { author: AUTHOR });
    await world.grantSlots();
    expect((await world.item(item.workId)).phase).toBe('dead-lettered');

    await world.ledger.work.retry(item.workId, { author: AUTHOR });
    const again = { workId: item.workId, runId: randomUUID() };
    await world.ledger.transitions.admit(again, false);

    expect(await reasonOf(again)).toBe('waits for 1 other item');
  });

  test('is left for the next round while somebody else has its row', async () => {
    await world.registerTarget();
    const other = await world.queue();
    const item = await queueAfter([other]);
    await end(other);

    const round = await world.whileLocked(item.workId, () => world.grantSlots());

    expect(round.grants).toEqual([]);
    expect(round.lookAgainInMs).toBeLessThanOrEqual(100);
    expect(await granted()).toEqual([item.workId]);
  });

  test('like very many others is released all the same, some in each round', async () => {
    const other = await world.queue();
    const item = await queueAfter([other]);
    await world.query(
      `insert into work_items (id, project_id, task_id, capability, boundary, description, priority, limits, offered_by, phase, run_id, on_dependency_failure)
       select gen_random_uuid(), 'default', 'crowd', 'build', 'open-source', 'x', 5, '{}', 'coordinator', 'waiting', 'run', 'fail' from generate_series(1, 450)`,
    );
    await world.query(`insert into work_dependencies (work_id, depends_on_id) select id, $1 from work_items where task_id = 'crowd'`, [other.workId]);
    await end(other);

    let rounds = 0;
    do rounds++;
    while ((await world.grantSlots()).lookAgainInMs !== null && rounds < 10);

    expect(rounds).toBe(3);
    expect(await world.query('select count(*)::int as queued from queue')).toEqual([{ queued: 451 }]);
    expect(await reasonOf(item)).not.toContain('other');
  });
});

describe('a submit that depends on what the project does not have', () => {
  test('is refused by the name of what is missing, and leaves no trace; others of its moment are taken in', async () => {
    const [known, foreign] = [await world.submit(), await world.submit({ projectId: 'other' })];
    const missing = randomUUID();
    const refused = newItem({ dependsOn: [known.id, foreign.id, missing] });
    const key = { projectId: 'default', key: randomUUID(), bodyHash: 'a'.repeat(64) };

    const results = await Promise.allSettled([
      world.ledger.work.submit({ item: refused, key, author: AUTHOR }),
      world.ledger.work.submit({ item: newItem({ dependsOn: [known.id] }), key: null, author: AUTHOR }),
    ]);

    expect(results).toMatchObject([
      {
        reason: {
          code: 'BAD_REQUEST',
          details: { validationErrors: [foreign.id, missing].map((id) => ({ field: '/body/dependsOn', message: `the project has no work item ${id}` })) },
        },
      },
      { value: { kind: 'accepted', item: { dependsOn: [known.id], waitsFor: [known.id], onDependencyFailure: 'fail' } } },
    ]);
    expect(await world.ledger.work.find(refused.id)).toBeNull();
    expect(await world.query('select 1 from idempotency_keys')).toEqual([]);
  });
});
