import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../../src/adapters/postgres/database.ts';
import type { Database } from '../../../src/adapters/postgres/database.ts';
import { createStatements } from '../../../src/adapters/postgres/built-statements.ts';
import { pageStatement } from '../../../src/adapters/postgres/list-work.ts';
import { WorkPhase } from '../../../src/domain/work/work-item.ts';
import { toWorkStatus } from '../../../src/domain/work/to-work-status.ts';
import type { WorkItem } from '../../../src/domain/work/work-item.ts';
import type { PageRequest } from '../../../src/ports/ledger/page.ts';
import type { WorkFilter, WorkPosition } from '../../../src/ports/ledger/work-ledger.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

let world: World;
let database: Database;

beforeAll(async () => {
  world = await openWorld();
  database = createDatabase({ databaseUrl: world.databaseUrl, poolMax: 1, connectTimeoutMs: 3000, statementTimeoutMs: 10_000 });
});

afterAll(async () => {
  await database.close();
  await world.close();
});

const list = (filter: Partial<WorkFilter>, limit = 100) => world.ledger.work.list({ projectId: 'default', ...filter }, { limit, from: null });

async function taskIds(filter: Partial<WorkFilter>): Promise<string[]> {
  return (await list(filter)).items.map(({ taskId }) => taskId).sort();
}

describe('a list', () => {
  test('finds an item under the status that its phase means', async () => {
    const projectId = 'phases';
    await world.submit({ projectId });
    for (const phase of WorkPhase.options) {
      await world.query('update work_items set phase = $1 where project_id = $2', [phase, projectId]);

      const found = await world.ledger.work.list({ projectId, status: toWorkStatus(phase) }, { limit: 10, from: null });

      expect(found.items.map((item) => item.phase)).toEqual([phase]);
    }
  });

  test.each<[string, Partial<WorkFilter>, string[]]>([
    ['a word of the description, in capitals or not', { text: 'mEnD' }, ['T-a']],
    ['a part of the task id', { text: 't-' }, ['T-a', 'T-b']],
    ['signs that a pattern would read otherwise', { text: '100%_\\' }, ['T-b']],
    ['a wildcard that stands nowhere', { text: 'm_nd' }, []],
    ['words that were never said', { text: 'nothing of the kind' }, []],
    ['one letter', { text: 'ж' }, ['T-b']],
    ['the task id', { taskId: 'T-b' }, ['T-b']],
    ['the capability', { capability: 'paint' }, ['T-a']],
    ['the boundary', { boundary: 'personal' }, ['T-b']],
    ['at least a priority', { priorityMin: 8 }, ['T-b']],
    ['an agent that has none', { assignedTo: 'nobody' }, []],
    ['a time from which on', { offeredAfter: '2100-01-01T00:00:00.000Z' }, []],
    ['a time before which', { offeredBefore: '2100-01-01T00:00:00.000+02:00' }, ['T-a', 'T-b']],
    ['a change after which', { updatedAfter: '2000-01-01T00:00:00.000Z', updatedBefore: '2100-01-01T00:00:00.000Z' }, ['T-a', 'T-b']],
    ['two things at once', { capability: 'paint', boundary: 'personal' }, []],
  ])('filters by %s', async (_what, filter, found) => {
    const projectId = randomUUID();
    await world.submit({ projectId, taskId: 'T-a', capability: 'paint', description: 'Mend the fence', priority: 7 });
    await world.submit({ projectId, taskId: 'T-b', boundary: 'personal', description: 'ЖЖ 100%_\\ sure', priority: 8 });

    expect(await taskIds({ projectId, ...filter })).toEqual(found);
  });

  test('of heavy items ends its page before they fill the memory, and goes on after it', async () => {
    const projectId = 'heavy';
    const contextData = { text: 'x'.repeat(1_000_000) };
    const submitted = await Promise.all(Array.from({ length: 20 }, () => world.submit({ projectId, contextData })));

    const pages: (readonly WorkItem[])[] = [];
    let from: { direction: 'after'; position: WorkPosition } | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await world.ledger.work.list({ projectId }, { limit: 1000, from });
      pages.push(page.items);
      const last = page.items.at(-1);
      from = page.hasAfter && last !== undefined ? { direction: 'after', position: last } : null;
    } while (from !== null);

    expect(pages.map((items) => items.length)).toEqual([9, 9, 2]);
    expect(new Set(pages.flat().map(({ id }) => id))).toEqual(new Set(submitted.map(({ id }) => id)));
  });

  test('goes backwards over heavy items to the ones right before', async () => {
    const projectId = 'heavy-backwards';
    for (let n = 0; n < 12; n++) await world.submit({ projectId, taskId: `T-${String(n)}`, contextData: { text: 'x'.repeat(1_000_000) } });
    const [last] = (await world.ledger.work.list({ projectId, taskId: 'T-11' }, { limit: 1, from: null })).items;
    if (last === undefined) throw new Error('it was submitted');

    const before = await world.ledger.work.list({ projectId }, { limit: 100, from: { direction: 'before', position: last } });

    expect(before.items.map(({ taskId }) => taskId)).toEqual(Array.from({ length: 9 }, (_, n) => `T-${String(n + 2)}`));
    expect([before.hasBefore, before.hasAfter]).toEqual([true, true]);
  });
});

describe('among many items', () => {
  beforeAll(async () => {
    await world.query(`insert into projects (id) values ('many') on conflict do nothing`);
    await world.query(`insert into work_items (id, project_id, task_id, capability, boundary, description, priority, limits, offered_by, phase)
      select gen_random_uuid(), 'many', 'T-' || n, 'build', 'personal', 'number ' || n || ' of many', 1 + n % 10, '{}', 'test',
        case when n % 100 = 0 then 'waiting' else 'completed' end from generate_series(1, 30000) n`);
    await world.query('analyze');
  });

  test.each<[string, Partial<WorkFilter>]>([
    ['of the project', {}],
    ['of the project with a status', { status: 'pending' }],
    ['with a task id', { taskId: 'T-77' }],
    ['with a text', { text: 'number 12345 of' }],
  ])('those %s are read by an index', async (_what, filter) => {
    const page = { limit: 50, from: null };

    const text = await planOf({ projectId: 'many', ...filter }, page);

    expect(text).toContain('Index');
    expect(text).not.toContain('Seq Scan on work_items');
    expect((await list({ projectId: 'many', ...filter }, 50)).items.length).toBeGreaterThan(0);
  });

  test.each(['after', 'before'] as const)('a page right %s one far down reads none of the others', async (direction) => {
    const rows = await world.query<{ id: string; priority: number; offered_at: Date }>(
      `select id, priority, offered_at from work_items where project_id = 'many' order by -priority, offered_at, id offset 15000 limit 1`,
    );
    const [{ id, priority, offered_at: offeredAt } = never()] = rows;
    const page = { limit: 50, from: { direction, position: { id, priority, offeredAt: offeredAt.toISOString() } } };

    const text = await planOf({ projectId: 'many' }, page);

    expect(text).toContain('work_items_in_list');
    expect(text).toMatch(/Index Cond: [^"]*ROW\(\(- priority\), offered_at, id\)/u);
    expect((await world.ledger.work.list({ projectId: 'many' }, page)).items).toHaveLength(50);
  });

  async function planOf(filter: WorkFilter, page: PageRequest<WorkPosition>): Promise<string> {
    const { key, build, values } = pageStatement(filter, page);
    const plan = await database.read((db) => {
      const statement = createStatements()(db, { key, build, values });
      return db.executeQuery({ ...statement, sql: `EXPLAIN (ANALYZE) ${statement.sql}` });
    });
    return JSON.stringify(plan.rows);
  }
});

function never(): never {
  throw new Error('there are no such rows');
}
