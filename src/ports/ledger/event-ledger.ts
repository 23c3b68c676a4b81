import type { WeftEvent } from '../../domain/events/event.ts';

export type PositionedEvent = WeftEvent & { readonly position: number };

/** The relay's side of the ledger; all calls are made by the one leader that holds `lead`. */
export interface EventLedger {
  /** Tries to become the only relay (session advisory lock on a connection of its own); null when another one leads. */
  lead: () => Promise<RelayLeadership | null>;
}

/** Every call throws `LEDGER_UNAVAILABLE` when leadership is lost with its connection. */
export interface RelayLeadership {
  /** The last position given; 0 when none was. */
  lastPosition: () => Promise<number>;
  /** Gives the next committed events without a position their gapless positions, in an order that keeps each entity's. Returns them in that order. */
  assignPositions: (limit: number) => Promise<readonly PositionedEvent[]>;
  /** Events with a position above `afterPosition`, in order, at most `limit`. */
  readFrom: (afterPosition: number, limit: number) => Promise<readonly PositionedEvent[]>;
  /** Resolves when an event was committed since the last call, after `timeoutMs`, or when `signal` aborts. */
  waitForEvents: (timeoutMs: number, signal: AbortSignal) => Promise<void>;
  /** Ends leadership. */
  close: () => Promise<void>;
}
