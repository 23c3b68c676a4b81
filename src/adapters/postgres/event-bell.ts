import { setTimeout as sleep } from 'node:timers/promises';

/** Tells the relay that events were committed. */
export interface EventBell {
  readonly ring: () => void;
  readonly close: () => Promise<void>;
}

/** The NOTIFY channel of committed events; carries no payload. */
export const EVENT_CHANNEL = 'weft_events';

// The first ring is heard at once; those that come within this time after it become one.
const PAUSE_MS = 40;

/**
 * Rings after the commit and not within the transaction: PostgreSQL lets only one transaction that notifies commit at a time,
 * flush to disk included, so a NOTIFY in each would make all commits queue. A ring that is lost (the process dies in between)
 * only delays: the relay also looks by itself.
 */
export function createEventBell(notify: () => Promise<void>): EventBell {
  let wanted = false;
  const closing = new AbortController();
  let running: Promise<void> | null = null;

  async function ringWhileWanted(): Promise<void> {
    while (wanted && !closing.signal.aborted) {
      wanted = false;
      // PostgreSQL is away: the relay finds the events when it is back.
      await notify().catch(() => undefined);
      await sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    running = null;
  }

  return {
    ring: () => {
      wanted = true;
      running ??= ringWhileWanted();
    },
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
