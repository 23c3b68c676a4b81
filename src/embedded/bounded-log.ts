import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const LOG_BYTES_MAX = 16_777_216;
const CHECK_MS = 10_000;
const TAIL_BYTES = 2048;

/** Opens a log for appending; one that has grown too long begins anew. */
export function openLog(file: string): number {
  const descriptor = openSync(file, 'a', 0o600);
  if (fstatSync(descriptor).size > LOG_BYTES_MAX) ftruncateSync(descriptor);
  return descriptor;
}

/** Keeps a log that others append to below its bound until `signal` aborts: O_APPEND makes cutting it safe at any time. */
export async function boundLog(file: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(CHECK_MS, undefined, { signal, ref: false }).catch(() => undefined); // aborted = over
    if (!signal.aborted && statSync(file).size > LOG_BYTES_MAX) truncateSync(file);
  }
}

/** The last lines of a log, for a person. */
export function lastLines(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8').trim().split('\n').slice(-8).join('\n');
  } finally {
    closeSync(descriptor);
  }
}
