/**
 * What is taken from the front of an order in which entries only ever move back. An entry's place is what it was when it was
 * put in; `settle` moves it to where it belongs by now, so nobody has to be told when something has changed.
 */
export class SortedList<T> {
  readonly #entries: T[];
  readonly #compare: (a: T, b: T) => number;

  /** `entries` are in order already. */
  constructor(entries: readonly T[], compare: (a: T, b: T) => number) {
    this.#entries = [...entries];
    this.#compare = compare;
  }

  /** The entry at `index` once everything before it is where it belongs; `refresh` gives an entry as it is now, the same object when nothing has changed. */
  settle(index: number, refresh: (entry: T) => T): T | undefined {
    for (;;) {
      const entry = this.#entries[index];
      if (entry === undefined) return undefined;
      const fresh = refresh(entry);
      if (fresh === entry) return entry;
      this.#entries.splice(index, 1);
      this.#insert(fresh, index);
    }
  }

  first(): T | undefined {
    return this.#entries[0];
  }

  /** The first entry is another by now, or gone. */
  replaceFirst(entry: T | undefined): void {
    this.#entries.shift();
    if (entry !== undefined) this.#insert(entry, 0);
  }

  remove(index: number): void {
    this.#entries.splice(index, 1);
  }

  #insert(entry: T, from: number): void {
    let [low, high] = [from, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#entries[middle];
      if (other !== undefined && this.#compare(other, entry) < 0) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }
}
