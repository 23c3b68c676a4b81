import type { PositionedEvent } from './ledger/event-ledger.ts';

/** The published side of the ledger's events (stream WEFT_EVENTS). */
export interface EventStream {
  /** Position of the last published event; 0 when the stream is empty or new. */
  lastPosition: () => Promise<number>;
  /**
   * Publishes in order with the position as message id, each expecting the one before it as the last. Returns the position up to
   * which the stream has them now; `previousPosition` itself = none, because the stream ends with another message (another leader,
   * or the stream was lost): read `lastPosition` again.
   */
  publish: (events: readonly PositionedEvent[], previousPosition: number) => Promise<number>;
}
