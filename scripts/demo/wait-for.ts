import { setTimeout as delay } from 'node:timers/promises';
import { UnmetExpectation } from './expectation.ts';

export interface Wait {
  /** What is waited for, as the end of "expected …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
  /** What is there instead, when the time is up. */
  readonly seen?: () => string;
}

const POLL_MS = 250;

/** Looks again and again until there is something; throws `UnmetExpectation` when the time is up. */
export async function waitFor<T>(wait: Wait, look: () => Promise<T | null> | T | null): Promise<T> {
  const startedAt = performance.now();
  for (;;) {
    wait.signal.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    if (performance.now() - startedAt > wait.timeoutMs) {
      throw new UnmetExpectation(`${wait.what} within ${(wait.timeoutMs / 1000).toFixed(1)} s`, wait.seen?.() ?? 'it did not happen');
    }
    await delay(wait.pollMs ?? POLL_MS, undefined, { signal: wait.signal });
  }
}
