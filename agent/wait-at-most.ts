import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `promise`, but not longer than `timeoutMs`; true when it was settled in time. A rejection is passed on. */
export async function waitAtMost(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    const inTime = promise.then(() => true);
    return await Promise.race([inTime, delay(timeoutMs, false, { signal: timer.signal }).catch(() => false)]);
  } finally {
    timer.abort();
  }
}
