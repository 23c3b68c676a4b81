import type { LogChunk } from '../domain/agents/log-chunk.ts';
import type { ProjectId, WorkId } from '../domain/ids.ts';

export interface LogEntry {
  /** Grows along the log; a reader resumes after it. */
  readonly id: number;
  readonly chunk: LogChunk;
}

export interface LogRange {
  readonly projectId: ProjectId;
  readonly workId: WorkId;
  /** Entries after this id; 0 = from the oldest that is kept. An id beyond the end (the log was lost) counts as 0. */
  readonly after: number;
}

/** What agents printed, as long as NATS keeps it. */
export interface LogReader {
  /** Gives what there is now, in order and one after the other, until `signal` aborts. Returns the id to go on after. Throws `BUS_UNAVAILABLE`. */
  read: (range: LogRange, onEntry: (entry: LogEntry) => void | Promise<void>, signal: AbortSignal) => Promise<number>;
}
