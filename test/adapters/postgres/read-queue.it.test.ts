import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase } from '../../../src/adapters/postgres/database.ts';
import type { Database } from '../../../src/adapters/postgres/database.ts';
import { readQueue } from '../../../src/adapters/postgres/read-queue.ts';
import { AUTHOR } from '../../support/author.ts';
import { openWorld } from './open-world.ts';
import type { World } from './open-world.ts';

const QUEUE_MAX = 50;
const CROWD = 20_000;

let world: World;
let database: Database;
beforeAll(async () => {
  world = await openWorld();
  database = createDatabase({ databaseUrl: world.databaseUrl, poolMax: 1, connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await database.close();
  await world.close();
});

/** How many rows and index entries of the queue are looked at, counted by PostgreSQL itself, and how many come back. */
async function costOfReading(): Promise<{ lookedAt: number; read: number }> {
  return database.transact(async (tx) => {
    const { rows } = await readQueue(tx, { queueMax: QUEUE_MAX, after: null });
    const counted = await sql<{ entries: number }>`
      SELECT sum(pg_stat_get_xact_tuples_returned(c.oid))::int AS entries FROM pg_class c
      WHERE c.oid = 'queue'::regclass OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'queue'::regclass)`.execute(tx);
    return { lookedAt: counted.rows[0]?.entries ?? Number.NaN, read: rows.length };
  });
}

/** Many items at once, as one submitter's line. */
async function fill(count: number): Promise<void> {
  await world.query(
    `insert into work_items (id, project_id, task_id, capability, boundary, description, priority, limits, offered_by, phase)
     select gen_random_uuid(), 'default', 'crowd', 'build', 'open-source', 'x', 1 + n % 10, '{}', 'coordinator', 'waiting' from generate_series(1, $1::int) n`,
    [count],
  );
  await world.query(
    `insert into queue (work_id, project_id, needs_key, submitter, priority, enqueued_at, due, not_before)
     select id, project_id, '["build","open-source",null,null]', 'crowd', priority, now() - random() * interval '1 day', n % 2 = 0,
       case when n % 2 = 0 then now() else now() + interval '1 hour' end
     from (select *, row_number() over () as n from work_items where task_id = 'crowd') w`,
  );
}

test('a round looks at the first of each line, and no further into a long one', async () => {
  for (const name of ['alice', 'bob']) await world.queue({}, { ...AUTHOR, name });
  await fill(CROWD);

  const { lookedAt, read } = await costOfReading();

  expect(read).toBe(QUEUE_MAX + 2);
  expect(lookedAt).toBeLessThan(3 * QUEUE_MAX);
});
