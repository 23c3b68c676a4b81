import { LogTail } from '../../src/domain/agents/log-tail.ts';
import type { LogEntry, LogOf, LogReader } from '../../src/ports/log-reader.ts';

// Most tails fit into this many entries; an entry has some lines, or some hundred.
const ENTRIES_FIRST = 64;
const WIDEN = 4;

export interface ReadTail {
  readonly tail: LogTail<LogEntry>;
  /** The id to go on after. */
  readonly position: number;
  /** True when there are older lines. */
  readonly isCut: boolean;
}

/** The newest lines of a log, whatever its length: looks at ever more of the newest entries until they have as many lines. Throws `BUS_UNAVAILABLE`. */
export async function readLogTail(logs: LogReader, log: LogOf, { linesMax, signal }: { linesMax: number; signal: AbortSignal }): Promise<ReadTail> {
  for (let newest = ENTRIES_FIRST; ; newest *= WIDEN) {
    const tail = new LogTail<LogEntry>(linesMax);
    const { position, isWhole } = await logs.read({ ...log, after: 0, newest }, tail.add.bind(tail), signal);
    if (isWhole || tail.isCut || signal.aborted) return { tail, position, isCut: tail.isCut || !isWhole };
  }
}
