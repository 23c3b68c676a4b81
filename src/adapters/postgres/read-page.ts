import type { Page, PageRequest } from '../../ports/ledger/page.ts';

/**
 * Reads one row more than asked for, to know whether the list goes on. `read` returns rows in the direction of the page:
 * backwards, the ones right before the position come first.
 */
export async function readPage<Row>(page: PageRequest<unknown>, read: (limit: number) => Promise<readonly Row[]>): Promise<PageRows<Row>> {
  const found = await read(page.limit + 1);
  const goesOn = found.length > page.limit;
  const rows = found.slice(0, page.limit);
  // Something stands on the other side of a position that was given: at least the item whose position it is.
  if (page.from?.direction === 'before') return { rows: rows.toReversed(), hasBefore: goesOn, hasAfter: true };
  return { rows, hasBefore: page.from !== null, hasAfter: goesOn };
}

type PageRows<Row> = Omit<Page<never>, 'items'> & { readonly rows: readonly Row[] };
