import { sql } from 'kysely';
import type { SqlBool } from 'kysely';
import type { WorkItem } from '../../domain/work/work-item.ts';
import type { Page, PageFrom, PageRequest } from '../../ports/ledger/page.ts';
import type { WorkFilter, WorkPosition } from '../../ports/ledger/work-ledger.ts';
import type { Database, Db } from './database.ts';
import { createStatements, slotsFor } from './built-statements.ts';
import { filterValues, matchesSlots } from './matches-work.ts';
import { OWN_COLUMNS, toWorkItem, WORK_ITEM_COLUMNS } from './to-work-item.ts';

// A page ends before items of more than this; one item fits always, whatever it weighs.
const PAGE_BYTES_MAX = 8_388_608;
// How many rows are looked at, written into the statement: with a number that it does not know the server plans each page anew.
const LOOKED_AT = [51, 101, 201, 501];

type PageRow = Parameters<typeof toWorkItem>[0] & { readonly looked_at: number };
type ListWork = (filter: WorkFilter, page: PageRequest<WorkPosition>) => Promise<Page<WorkItem>>;

/**
 * Reads pages: at most `limit` items, and at most `PAGE_BYTES_MAX` of what they carry, so that no list fills the memory. At least
 * one row more than asked for is looked at, to know whether the list goes on; what does not fit in is never read.
 */
export function createListWork(database: Database): ListWork {
  const statement = createStatements();
  return async (filter, page) => {
    const { rows } = await database.read((db) => db.executeQuery<PageRow>(statement(db, pageStatement(filter, page))));
    const goesOn = (rows[0]?.looked_at ?? 0) > rows.length;
    const items = rows.map(toWorkItem);
    // Something stands on the other side of a position that was given: at least the item whose position it is.
    if (page.from?.direction === 'before') return { items: items.toReversed(), hasBefore: goesOn, hasAfter: true };
    return { items, hasBefore: page.from !== null, hasAfter: goesOn };
  };
}

/** The statement for the rows of a page in the direction in which it is read, each with the number that was looked at. */
export function pageStatement(filter: WorkFilter, { limit, from }: PageRequest<WorkPosition>) {
  const given = filterValues(filter);
  const names = Object.keys(given).sort();
  const direction = from?.direction ?? null;
  const lookedAt = LOOKED_AT.find((rows) => rows > limit) ?? null;
  const position = from === null ? {} : { fromRank: -from.position.priority, fromOfferedAt: from.position.offeredAt, fromId: from.position.id };
  return {
    key: [...names, direction, lookedAt].join(),
    build: (db: Db) => selectPage(db, { names, direction, lookedAt }).compile(),
    values: { ...given, ...position, limit, lookedAt: limit + 1 },
  };
}

interface PageForm {
  readonly names: readonly string[];
  readonly direction: PageFrom<WorkPosition>['direction'] | null;
  readonly lookedAt: number | null;
}

function selectPage(db: Db, { names, direction, lookedAt }: PageForm) {
  const slots = slotsFor(['limit', 'lookedAt', 'fromRank', 'fromOfferedAt', 'fromId']);
  const order = direction === 'before' ? sql`-priority DESC, offered_at DESC, id DESC` : sql`-priority, offered_at, id`;
  const sign = direction === 'before' ? sql`<` : sql`>`;
  // In the order's own terms, so that the index leads to the place.
  const isBeyond = sql`(-priority, offered_at, id) ${sign} (${slots.fromRank}::smallint, ${slots.fromOfferedAt}::timestamptz, ${slots.fromId}::uuid)`;
  const chosen = db
    .selectFrom('work_items')
    .select([...OWN_COLUMNS, 'bytes'])
    .where(sql<SqlBool>`${matchesSlots(slotsFor(names))} AND ${direction === null ? sql`true` : isBeyond}`)
    .orderBy(order)
    .limit(lookedAt === null ? sql<number>`${slots.lookedAt}` : sql.lit(lookedAt));
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
    .where(sql<SqlBool>`place <= ${slots.limit}`)
    .where('bytes_before', '<=', PAGE_BYTES_MAX)
    .orderBy('place');
}
