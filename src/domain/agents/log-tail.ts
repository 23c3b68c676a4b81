import type { LogChunk } from './log-chunk.ts';

// Whatever number of lines is asked for.
const CHARS_MAX = 4_194_304;

interface Kept<Entry> {
  readonly entry: Entry;
  readonly chars: number;
}

/** Keeps the newest entries that together have at least `linesMax` lines, and no more text than fits in memory. */
export class LogTail<Entry extends { readonly chunk: LogChunk }> {
  readonly #linesMax: number;
  #kept: Kept<Entry>[] = [];
  #lines = 0;
  #chars = 0;
  #cut = false;

  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  add(entry: Entry): void {
    const chars = entry.chunk.lines.reduce((sum, { text }) => sum + text.length, 0);
    this.#kept.push({ entry, chars });
    this.#lines += entry.chunk.lines.length;
    this.#chars += chars;
    for (let [oldest] = this.#kept; oldest !== undefined && this.#hasEnoughWithout(oldest); [oldest] = this.#kept) {
      this.#kept = this.#kept.slice(1);
      this.#lines -= oldest.entry.chunk.lines.length;
      this.#chars -= oldest.chars;
      this.#cut = true;
    }
  }

  /** Oldest first; of the oldest only the lines that are wanted. */
  entries(): readonly Entry[] {
    const surplus = Math.max(0, this.#lines - this.#linesMax);
    return this.#kept.map(({ entry }, index) => (index === 0 && surplus > 0 ? withoutFirst(entry, surplus) : entry));
  }

  /** True when there were older lines. */
  get isCut(): boolean {
    return this.#cut || this.#lines > this.#linesMax;
  }

  #hasEnoughWithout({ entry, chars }: Kept<Entry>): boolean {
    if (this.#kept.length === 1) return false;
    return this.#lines - entry.chunk.lines.length >= this.#linesMax || (this.#chars > CHARS_MAX && this.#chars - chars > 0);
  }
}

function withoutFirst<Entry extends { readonly chunk: LogChunk }>(entry: Entry, count: number): Entry {
  return { ...entry, chunk: { ...entry.chunk, lines: entry.chunk.lines.slice(count) } };
}
