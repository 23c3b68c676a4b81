import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createDatabase } from '../../../src/adapters/postgres/database.ts';
import type { Database } from '../../../src/adapters/postgres/database.ts';
import { selectEvents } from '../../../src/adapters/postgres/select-events.ts';
import type { EventSelection } from '../../../src/domain/events/event-selection.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const TOTAL = 30_000;

let world: World;
let database: Database;

beforeAll(async () => {
  world = await openWorld();
  database = createDatabase({ databaseUrl: world.databaseUrl, poolMax: 1, connectTimeoutMs: 3000, statementTimeoutMs: 10_000 });
  await world.query(
    `insert into events (entity_type, entity_id, seq, event_key, project_id, type, data, position)
      select 'work', 'w-' || n % 100, n, 'key-' || n, case when n % 10000 in (3, 5) then 'quiet-' || n % 10000 else 'loud' end,
        case when n % 2 = 0 then 'work:submitted' else 'work:completed' end, '{}', n from generate_series(1, $1::int) n`,
    [TOTAL],
  );
  await world.query('vacuum analyze events');
});

afterAll(async () => {
  await database.close();
  await world.close();
});

const PAGE = { after: 0, limit: 4 };

async function positions(selection: EventSelection, page: Parameters<typeof selectEvents>[1] = PAGE): Promise<number[]> {
  return (await world.ledger.history.readAfter(page, selection)).map(({ position }) => position);
}

describe('the past of projects', () => {
  test.each<[string, EventSelection, number[]]>([
    ['of one', { projects: ['quiet-3'] }, [3, 10_003, 20_003]],
    ['of several in one order, cut to the page', { projects: ['quiet-5', 'quiet-3', 'quiet-5'] }, [3, 5, 10_003, 10_005]],
    ['of all', { projects: 'all' }, [1, 2, 3, 4]],
    ['of one, by type', { projects: ['loud'], types: ['work:submitted'] }, [2, 4, 6, 8]],
    ['of one, by entity', { projects: ['quiet-3'], entity: { type: 'work', id: 'w-3' } }, [3, 10_003, 20_003]],
    ['of none', { projects: [] }, []],
  ])('%s', async (_what, selection, expected) => {
    expect(await positions(selection)).toEqual(expected);
  });

  test('goes on after a position, up to another', async () => {
    expect(await positions({ projects: ['quiet-3', 'quiet-5'] }, { after: 3, upTo: 10_003, limit: 10 })).toEqual([5, 10_003]);
  });

  test.each<[string, EventSelection]>([
    ['one quiet project', { projects: ['quiet-3'] }],
    ['several quiet projects', { projects: ['quiet-3', 'quiet-5'] }],
    ['a loud project', { projects: ['loud'] }],
    ['one item of a project', { projects: ['loud'], entity: { type: 'work', id: 'w-7' } }],
  ])('is read by an index and without what others did: %s', async (_what, selection) => {
    const plan = await database.read((db) => selectEvents(db, PAGE, selection).explain('text', sql`analyze`));

    const text = JSON.stringify(plan);
    expect(text).toMatch(/Index|Bitmap/);
    expect(text).not.toContain('Seq Scan on events');
    const passedOver = [...text.matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, rows]) => Number(rows));
    expect(Math.max(0, ...passedOver)).toBeLessThan(TOTAL / 50);
  });
});
