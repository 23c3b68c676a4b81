import type { LogChunk } from '../domain/agents/log-chunk.ts';
import type { ProjectId, WorkId } from '../domain/ids.ts';

export interface LogEntry {
  /** Grows along the log; a reader resumes after it. */
  readonly id: number;
  readonly chunk: LogChunk;
}

export interface LogOf {
  readonly projectId: ProjectId;
  readonly workId: WorkId;
}

export interface LogRange extends LogOf {
  /** Entries after this id; 0 = from the oldest that is kept. An id beyond the end (the log was lost) counts as 0. */
  readonly after: number;
  /** At least so many of the newest are enough, if there are as many. */
  readonly newest?: number;
}

export interface LogRead {
  /** The id to go on after. */
  readonly position: number;
  /** False when older entries were left out for the newest. */
  readonly isWhole: boolean;
}

/** What agents printed, as long as NATS keeps it. */
export interface LogReader {
  /** Gives what there is now, in order and one after the other, until `signal` aborts. Throws `BUS_UNAVAILABLE`. */
  read: (range: LogRange, onEntry: (entry: LogEntry) => void | Promise<void>, signal: AbortSignal) => Promise<LogRead>;
  /** Calls `onNews` soon after something was printed, until `signal` aborts. While NATS is away there is no news. */
  watch: (log: LogOf, onNews: () => void, signal: AbortSignal) => Promise<void>;
}
