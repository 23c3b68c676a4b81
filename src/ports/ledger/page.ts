/** Where a page of a list begins: right after, or right before, a position in the list's order. */
export interface PageFrom<Position> {
  readonly direction: 'after' | 'before';
  readonly position: Position;
}

/** What is asked of a list: the first `limit` items from there; null = from its beginning. */
export interface PageRequest<Position> {
  readonly limit: number;
  readonly from: PageFrom<Position> | null;
}

/** A page, always in the list's order whatever the direction it was read in. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}
