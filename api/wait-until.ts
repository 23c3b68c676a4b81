import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 25;
const PAUSE_MAX_MS = 250;

/** Asks again, ever more seldom, until the answer will do or the time is over; returns the last answer. */
export async function waitUntil<T>(ask: () => Promise<T>, { isDone, timeoutMs }: { isDone: (answer: T) => boolean; timeoutMs: number }): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
    const answer = await ask();
    if (isDone(answer) || performance.now() + pauseMs > endMs) return answer;
    await delay(pauseMs);
  }
}
