import pg from 'pg';
import { z } from 'zod';
import type { Bench, Measure } from '../measure.ts';
import { submitOne } from '../submit-one.ts';

const ITEMS = 100_000;
const REQUESTS = 300;
const PROJECT = 'bench-list';

export const list: Measure = {
  id: 'list',
  what: 'GET /api/work?limit=50 out of 100,000 items, first and later pages, against GET of one of them (one connection)',
  unit: 'ms',
  goal: { kind: 'ratio-below', limit: 3 },
  rounds: 7,
  open: async ({ stack, load }: Bench) => {
    const ids = await fill(stack.database, (await submitOne(stack.api)).id);
    const pages = await somePages(stack.api);
    const medianMs = async (paths: string[]): Promise<number> =>
      (await load.run({ origin: stack.api, method: 'GET', paths, connections: 1, requests: REQUESTS })).medianMs;
    return {
      ours: () => medianMs(pages),
      floor: () => medianMs(ids.map((id) => `/api/work/${id}`)),
      close: () => Promise.resolve(),
    };
  },
};

/** Copies one item many times, settled, so that nobody works on them; returns some of the ids. */
async function fill(databaseUrl: string, id: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('insert into projects (id) values ($1)', [PROJECT]);
    await client.query(
      `insert into work_items (id, project_id, task_id, capability, boundary, description, priority, limits, offered_by, offered_at, phase)
       select gen_random_uuid(), $1, 'task-' || n, capability, boundary, description, 1 + n % 10, limits, offered_by,
              now() - n * interval '1 second', (array['completed', 'cancelled', 'dead-lettered'])[1 + n % 3]
         from work_items, generate_series(1, $2::int) n where id = $3`,
      [PROJECT, ITEMS, id],
    );
    await client.query('vacuum analyze work_items');
    const { rows } = await client.query<{ id: string }>('select id from work_items where project_id = $1 order by md5(id::text) limit 200', [PROJECT]);
    return rows.map((row) => row.id);
  } finally {
    await client.end();
  }
}

const Page = z.object({ count: z.literal(50), nextCursor: z.string() });

/** The first pages, by their cursors. */
async function somePages(api: string): Promise<string[]> {
  const pages = [`/api/work?projectId=${PROJECT}&limit=50`];
  for (let page = 1; page < 20; page++) {
    const answer = await fetch(`${api}${pages.at(-1) ?? ''}`);
    const { nextCursor } = Page.parse(await answer.json());
    pages.push(`/api/work?projectId=${PROJECT}&limit=50&cursor=${encodeURIComponent(nextCursor)}`);
  }
  return pages;
}
