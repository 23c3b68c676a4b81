import { sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import type { WorkItem } from '../../domain/work/work-item.ts';
import type { Page, PageFrom, PageRequest } from '../../ports/ledger/page.ts';
import type { WorkFilter, WorkPosition } from '../../ports/ledger/work-ledger.ts';
import type { Database, Db } from './database.ts';
import { matches } from './matches-work.ts';
import { OWN_COLUMNS, toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';

// A page ends before items of more than this; one item fits always, whatever it weighs.
const PAGE_BYTES_MAX = 8_388_608;
// How many rows are looked at, written into the statement: with a number that it does not know the server plans each page anew.
const LOOKED_AT = [51, 101, 201, 501];

/**
 * One page: at most `limit` items, and at most `PAGE_BYTES_MAX` of what they carry, so that no list fills the memory. At least one row
 * more than asked for is looked at, to know whether the list goes on; what does not fit in is never read.
 */
export async function listWork(database: Database, filter: WorkFilter, page: PageRequest<WorkPosition>): Promise<Page<WorkItem>> {
  const rows = await database.read((db) => selectPage(db, filter, page).execute());
  const goesOn = (rows[0]?.looked_at ?? 0) > rows.length;
  const items = rows.map(toWorkItem);
  // Something stands on the other side of a position that was given: at least the item whose position it is.
  if (page.from?.direction === 'before') return { items: items.toReversed(), hasBefore: goesOn, hasAfter: true };
  return { items, hasBefore: page.from !== null, hasAfter: goesOn };
}

/** The rows of a page in the direction in which it is read, each with the number that was looked at. */
export function selectPage(db: Db, filter: WorkFilter, { limit, from }: PageRequest<WorkPosition>) {
  const backwards = from?.direction === 'before';
  const order = backwards ? sql`priority, offered_at DESC, id DESC` : sql`priority DESC, offered_at, id`;
  const chosen = db
    .selectFrom('work_items')
    .select([...OWN_COLUMNS, 'bytes'])
    .where(sql<SqlBool>`${matches(filter)} AND ${from === null ? sql`true` : isBeyond(from)}`)
    .orderBy(order)
    .limit(rowsToLookAt(limit));
  const measured = db
    .selectFrom(chosen.as('work_items'))
    .select(OWN_COLUMNS)
    .select([
      sql<number>`row_number() OVER (ORDER BY ${order})`.as('place'),
      sql<number>`sum(bytes) OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING) - bytes`.as('bytes_before'),
      sql<number>`(count(*) OVER ())::int`.as('looked_at'),
    ]);
  return db
    .selectFrom(measured.as('work_items'))
    .select(WORK_ITEM_COLUMNS)
    .select('looked_at')
    .where('place', '<=', limit)
    .where('bytes_before', '<=', PAGE_BYTES_MAX)
    .orderBy('place');
}

/** The longest lists are planned anew each time; a statement for each length would crowd out all others. */
function rowsToLookAt(limit: number): RawBuilder<number> {
  const written = LOOKED_AT.find((rows) => rows > limit);
  return written === undefined ? sql<number>`${limit + 1}` : sql.lit(written);
}

/** The first condition is what the index can use; the second settles equal priorities. */
function isBeyond({ direction, position: { priority, offeredAt, id } }: PageFrom<WorkPosition>): RawBuilder<SqlBool> {
  return direction === 'after'
    ? sql<SqlBool>`(priority <= ${priority} AND (priority < ${priority} OR (offered_at, id) > (${offeredAt}::timestamptz, ${id}::uuid)))`
    : sql<SqlBool>`(priority >= ${priority} AND (priority > ${priority} OR (offered_at, id) < (${offeredAt}::timestamptz, ${id}::uuid)))`;
}
