import type { ForeignHold } from '../../domain/agents/foreign-hold.ts';
import type { EndedLease } from './session-ledger.ts';

/** What agents that registered by themselves hold, and may be at work on: nobody here can end them. */
export interface ForeignLedger {
  /** Live leases of those that have left or fallen silent, but for those under which a final report is parked; at most `limit`. */
  listDeserted: (limit: number) => Promise<readonly EndedLease[]>;
  /** Items that were taken from agents which are still there and were not heard to have stopped, and were last told `notSinceMs` ago. */
  listToStop: (bounds: { notSinceMs: number; limit: number }) => Promise<readonly ForeignHold[]>;
  /** The agent has said that it is not at work under this fence (any more): the next attempt need not wait for it. */
  recordAtRest: (hold: Pick<ForeignHold, 'guid' | 'workId' | 'fence'>) => Promise<void>;
}
