import type { PositionedEvent } from './ledger/event-ledger.ts';

/** An event that has just been published. */
export interface ArrivedEvent {
  readonly position: number;
  /** The event, or null when the message does not carry all of it: then the ledger has it. */
  readonly read: () => PositionedEvent | null;
}

/** Committed events the moment they are published. A hint, fast and without promises: some may be missed, come twice or late. */
export interface LiveEvents {
  /** Until `signal` aborts, over any number of lost connections. Messages that are no events are left out. */
  follow: (onEvent: (event: ArrivedEvent) => void, signal: AbortSignal) => Promise<void>;
  /** False while NATS is away and nothing can arrive. */
  isConnected: () => boolean;
}
