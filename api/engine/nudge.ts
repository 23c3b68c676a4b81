import type { FastifyBaseLogger } from 'fastify';
import { hasErrorCode } from '../../src/domain/errors.ts';
import { waitAtMost } from '../wait-at-most.ts';

export interface Nudge<T> {
  /** For the log, a static sentence: what was not done. */
  readonly missed: string;
  readonly call: () => Promise<T>;
  readonly timeoutMs: number;
}

/**
 * Asks the engine for something that the ledger already promises, so that failing changes nothing but the time it takes: the
 * sweeper or the reconciler does it later. `undefined` = not known to be done.
 */
export async function nudge<T>(log: FastifyBaseLogger, { missed, call, timeoutMs }: Nudge<T>): Promise<T | undefined> {
  try {
    return await waitAtMost(timeoutMs, call());
  } catch (error) {
    if (hasErrorCode(error, 'ENGINE_UNAVAILABLE')) log.warn({ reason: (error as Error).message }, missed);
    else log.error({ err: error }, missed);
    return undefined;
  }
}
