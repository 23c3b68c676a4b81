import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const LOG_BYTES_MAX = 16_777_216;
const CHECK_MS = 10_000;
const TAIL_BYTES = 2048;
const TAIL_LINES = 8;

/** Opens a log for appending; one that has grown too long begins anew. */
export function openLog(file: string): number {
  const descriptor = openSync(file, 'a', 0o600);
  if (fstatSync(descriptor).size > LOG_BYTES_MAX) ftruncateSync(descriptor);
  return descriptor;
}

/** Keeps a log that others append to below its bound until `signal` aborts: O_APPEND makes cutting it safe at any time. */
export async function boundLog(file: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const over = await delay(CHECK_MS, false, { signal, ref: false }).catch(() => true); // aborted
    if (over) return;
    cut(file);
  }
}

/** The last lines of a log, for a person; empty when there are none. */
export function lastLines(file: string): string {
  try {
    return tailOf(file).trim().split('\n').slice(-TAIL_LINES).join('\n');
  } catch {
    return ''; // somebody removed it: nothing to tell
  }
}

function cut(file: string): void {
  try {
    if (statSync(file).size > LOG_BYTES_MAX) truncateSync(file);
  } catch {
    // Somebody removed it: nothing to bound.
  }
}

function tailOf(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
