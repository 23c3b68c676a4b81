import { setTimeout as delay } from 'node:timers/promises';

/** True when `work` settled within `timeoutMs`, however it settled. */
export async function waitAtMost(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const enough = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  const timedOut = delay(timeoutMs, false, { signal: enough.signal }).catch(() => false);
  const outcome = await Promise.race([settled, timedOut]);
  enough.abort();
  return outcome;
}
