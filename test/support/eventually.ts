import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/** Repeats `check` until it no longer throws, and returns what it returned; after `timeoutMs` its last failure is thrown. */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 40_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}
