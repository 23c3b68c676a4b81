import { z } from 'zod';
import type { Page, PageFrom, PageRequest } from '../../src/ports/ledger/page.ts';
import { canonicalJson, hashOf } from './canonical-json.ts';
import { badRequest } from '../errors.ts';
import { WHOLE_LIST_MAX } from '../limits.ts';

/** The filters of a list; part of its cursors, so that a page cannot be continued under other filters. */
export type ListFilter = Readonly<Record<string, string | undefined>>;

export const CursorText = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be a cursor that this API gave');

export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

/** The paging fields of an answer: cursors for the neighbours of this page, each null when there is none. */
export function pageFields<Item>(page: Page<Item>, { positionOf, ...given }: { positionOf: (item: Item) => unknown; limit: number; filter: ListFilter }) {
  const first = page.items[0];
  const last = page.items.at(-1);
  return {
    count: page.items.length,
    hasMore: page.hasAfter && last !== undefined,
    nextCursor: page.hasAfter && last !== undefined ? encodeCursor({ direction: 'after', position: positionOf(last) }, given) : null,
    prevCursor: page.hasBefore && first !== undefined ? encodeCursor({ direction: 'before', position: positionOf(first) }, given) : null,
  };
}

// A keyset position, so that items that come or go meanwhile neither hide nor repeat others.
function encodeCursor(from: PageFrom<unknown>, { limit, filter }: { limit: number; filter: ListFilter }): string {
  return Buffer.from(canonicalJson({ ...from, limit, filterHash: filterHash(filter) })).toString('base64url');
}

interface Cursor<T> extends PageFrom<T> {
  readonly limit: number;
  readonly filterHash: string;
}

/** What the cursors of a list are read by. Made once for each list: making a schema takes longer than reading the whole page. */
export function cursorOf<T>(position: z.ZodType<T>): z.ZodType<Cursor<T>> {
  return z.object({ direction: z.enum(['after', 'before']), position, limit: z.int().min(1).max(WHOLE_LIST_MAX), filterHash: z.string() });
}

/**
 * The page that a query asks for. Without a limit the cursor's own counts; with neither, the whole list is asked for, as
 * clients do that know no pages. A cursor that is not ours is a bad request.
 */
export function readPage<T>(query: PageQuery, filter: ListFilter, schema: z.ZodType<Cursor<T>>): PageRequest<T> {
  if (query.cursor === undefined) return { limit: query.limit ?? WHOLE_LIST_MAX, from: null };
  const cursor = schema.safeParse(parseJson(Buffer.from(query.cursor, 'base64url').toString('utf8')));
  if (!cursor.success) throw badCursor('is not a cursor that this API gave');
  if (cursor.data.filterHash !== filterHash(filter)) throw badCursor('filter mismatch: it belongs to a list with other filters; start again without it');
  const { direction, position } = cursor.data;
  return { limit: query.limit ?? cursor.data.limit, from: { direction, position } };
}

function filterHash(filter: ListFilter): string {
  return hashOf(filter).slice(0, 16);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function badCursor(message: string): Error {
  return badRequest([{ field: '/query/cursor', message, code: 'bad_cursor' }]);
}
