import type { Assignment } from '../src/domain/agents/commands.ts';
import { logSubject } from '../src/domain/subjects.ts';
import type { OutputStream } from './harness.ts';
import type { LogChunk } from '../src/domain/agents/log-chunk.ts';

export interface LogStream {
  readonly line: (stream: OutputStream, text: string) => void;
  readonly end: () => void;
}

export interface LogStreamPorts {
  /** Fire and forget; must not block. */
  readonly publish: (subject: string, body: string) => void;
  readonly nowMs: () => number;
}

const FLUSH_MS = 250;
const CHUNK_CHARS_MAX = 32_768;
// A person reads less; a harness that floods must not fill the server's log stream.
const CHARS_PER_SECOND = 65_536;
const BURST_CHARS = 262_144;
// What a line costs beside its text, so that empty lines are not free.
const LINE_COST = 40;

/** Streams the harness's lines in batches, at a bounded rate. What is too much is dropped and counted, never waited for. */
export function createLogStream(assignment: Assignment, ports: LogStreamPorts): LogStream {
  const subject = logSubject(assignment.projectId, assignment.workId);
  let pending: LogChunk['lines'] = [];
  let pendingChars = 0;
  let linesDropped = 0;
  let seq = 0;
  let budget = BURST_CHARS;
  let refilledAtMs = ports.nowMs();
  let timer: NodeJS.Timeout | null = null;

  function line(stream: OutputStream, text: string): void {
    const cost = text.length + LINE_COST;
    if (cost > budget) refill();
    timer ??= setTimeout(flush, FLUSH_MS);
    if (cost > budget) {
      linesDropped += 1;
      return;
    }
    budget -= cost;
    pending.push({ stream, text });
    pendingChars += cost;
    if (pendingChars >= CHUNK_CHARS_MAX) flush();
  }

  function refill(): void {
    const nowMs = ports.nowMs();
    budget = Math.min(BURST_CHARS, budget + ((nowMs - refilledAtMs) / 1000) * CHARS_PER_SECOND);
    refilledAtMs = nowMs;
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pending.length === 0 && linesDropped === 0) return;
    seq += 1;
    const { workId, guid, fence } = assignment;
    const chunk: LogChunk = { workId, guid, fence, seq, sentAt: new Date().toISOString(), lines: pending, linesDropped };
    ports.publish(subject, JSON.stringify(chunk));
    pending = [];
    pendingChars = 0;
    linesDropped = 0;
  }

  return { line, end: flush };
}
