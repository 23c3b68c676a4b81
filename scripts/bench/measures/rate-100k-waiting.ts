import pg from 'pg';
import { z } from 'zod';
import { openCrew } from '../crew.ts';
import type { Measure } from '../measure.ts';
import { untilStill } from '../quiet.ts';
import { submitOne } from '../submit-one.ts';

const MANY = 100_000;
const FEW = 1000;
const ITEMS = 400;
const AT_ONCE = 50;

export const rateWith100kWaiting: Measure = {
  id: 'rate-100k-waiting',
  what: 'Items completed as in `rate-warm` while 100,000 others wait for what nobody offers, against the same while 1,000 wait',
  unit: 'items/s',
  goal: { kind: 'ratio-at-least', limit: 0.9 },
  // Few, many; many, few: only once do so many come.
  rounds: 2,
  warmsUp: false,
  open: async (bench) => {
    const { api, database } = bench.stack;
    const crew = await openCrew(bench, { count: AT_ONCE, workMs: 0 });
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    const { id } = await submitOne(api);
    // Until it has been looked at, and its row says what it waits for.
    await untilStill(database);
    const pace = { kind: 'at-once', items: ITEMS, atOnce: AT_ONCE } as const;
    await crew.submit({ pace });
    const rate = async (waiting: number): Promise<number> => {
      await setWaiting(client, id, waiting);
      return ITEMS / (await crew.submit({ pace })).seconds;
    };
    return {
      ours: () => rate(MANY),
      floor: () => rate(FEW),
      close: async () => {
        await Promise.all([client.end(), crew.close()]);
      },
    };
  },
};

/**
 * Copies an item that waits, and its place in the queue, until so many do, or takes copies away. They have no workflows, which
 * would take hours to start; so they are of the future for the reconciler, who would look at each of them once a minute.
 */
async function setWaiting(client: pg.Client, id: string, count: number): Promise<void> {
  const { rows } = await client.query('select count(*)::int as n from queue where needs_key = (select needs_key from queue where work_id = $1)', [id]);
  const now = z.tuple([z.object({ n: z.int() })]).parse(rows)[0].n;
  if (now < count) {
    const [ofItems, ofQueue] = [await columnsOf(client, 'work_items'), await columnsOf(client, 'queue')];
    await client.query(
      `with ids as (select gen_random_uuid()::text as id from generate_series(1, $2::int)), copies as (
         select r.* from work_items w, ids, lateral jsonb_populate_record(
           w, jsonb_build_object('id', ids.id, 'task_id', ids.id, 'run_id', ids.id, 'updated_at', now() + interval '1 day')) r where w.id = $1
       ), items as (insert into work_items (${ofItems}) select ${ofItems} from copies returning id)
       insert into queue (${ofQueue}) select ${ofQueue} from (
         select r.* from queue q, items, lateral jsonb_populate_record(q, jsonb_build_object('work_id', items.id)) r where q.work_id = $1) places`,
      [id, count - now],
    );
  } else {
    await client.query(
      `with gone as (delete from queue where work_id in (select work_id from queue where work_id <> $1 and needs_key = (select needs_key from queue where work_id = $1) limit $2::int) returning work_id)
       delete from work_items where id in (select work_id from gone)`,
      [id, now - count],
    );
  }
  await client.query('vacuum analyze work_items');
  await client.query('vacuum analyze queue');
}

/** Those that are not made from others. */
async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query(
    "select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns where table_name = $1 and is_generated = 'NEVER'",
    [table],
  );
  return z.tuple([z.object({ names: z.string() })]).parse(rows)[0].names;
}
