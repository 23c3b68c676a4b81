import type { FastifyBaseLogger } from 'fastify';
import { atOnce } from '../at-once.ts';
import { ENGINE_WAIT_MS, TELLING_BUDGET_MS } from '../limits.ts';
import { nudge } from './nudge.ts';

// More at once only wait for each other in the engine.
const TOLD_AT_ONCE = 16;

/**
 * Tells the engine many things that the ledger already promises, for as long as the request can wait for them; a first one that
 * is not told ends it, because the others would wait as long for nothing. What is left is done by the sweeper or the
 * reconciler; so is what is not begun by `untilMs`. Returns how many were told.
 */
export async function tellEngine(
  log: FastifyBaseLogger,
  { missed, untilMs = Number.POSITIVE_INFINITY }: { missed: string; untilMs?: number },
  calls: readonly (() => Promise<unknown>)[],
): Promise<number> {
  const endsAtMs = Math.min(performance.now() + TELLING_BUDGET_MS, untilMs);
  let deaf = false;
  const told = await atOnce(calls, TOLD_AT_ONCE, async (call) => {
    if (deaf || performance.now() > endsAtMs) return 0;
    const answer = await nudge(log, { missed, call: () => call().then(() => true), timeoutMs: ENGINE_WAIT_MS });
    deaf ||= answer === undefined;
    return answer === undefined ? 0 : 1;
  });
  return told.filter((one) => one === 1).length;
}
