import type { Logger } from 'pino';
import type { IdempotencyLedger } from '../src/ports/ledger/idempotency-ledger.ts';
import { pause } from './pause.ts';

export interface PrunerDeps {
  readonly idempotency: Pick<IdempotencyLedger, 'prune'>;
  readonly logger: Logger;
  readonly intervalMs: number;
}

// A day more than is promised.
const OLDER_THAN_DAYS = 31;
const KEYS_MAX = 1000;
const BITES_MAX = 100;

/** Forgets Idempotency-Keys that nobody may count on any more; until `signal` aborts. Any number may run. */
export async function pruneKeys({ idempotency, logger, intervalMs }: PrunerDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await pruneSome(idempotency);
    } catch (error) {
      logger.warn({ err: error }, 'old idempotency keys wait for the next time');
    }
    await pause(intervalMs, signal);
  }
}

/** In bites, the next one at once while there is more. */
async function pruneSome(idempotency: PrunerDeps['idempotency']): Promise<void> {
  for (let bite = 0; bite < BITES_MAX; bite++) {
    if ((await idempotency.prune({ olderThanDays: OLDER_THAN_DAYS, limit: KEYS_MAX })) < KEYS_MAX) return;
  }
}
