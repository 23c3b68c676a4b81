import type { EventSelection } from '../domain/events/event-selection.ts';
import type { EventFacts } from '../domain/events/to-outward-event.ts';
import type { PositionedEvent } from './ledger/event-ledger.ts';

/** One event as it is given to every subscriber: the same object for all of them, so that what is made of it is made once. */
export interface FeedEvent {
  readonly event: PositionedEvent;
  readonly facts: EventFacts;
}

export interface FeedSubscription {
  readonly selection: EventSelection;
  /** Resume after this position; absent = what comes from now on. */
  readonly after?: number;
  /** In order of position, each once. Must not block. */
  readonly onEvent: (event: FeedEvent) => void;
  /** Awaited now and then while past events are given, so that a slow reader is not flooded by its own past. */
  readonly drained: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Every committed event, in order of position, past and live; one per process, whatever is away. */
export interface EventFeed {
  /** Position of the newest event that subscribers have been given. */
  head: () => number;
  /** True when this position was given to an event, or is 0; one that was not belongs to another installation. */
  isKnown: (position: number) => Promise<boolean>;
  /** Gives the events until the signal aborts. Resolves when the past has been given and it is live, or when the signal has aborted. */
  subscribe: (subscription: FeedSubscription) => Promise<void>;
  /** How many subscriptions are open. */
  subscriptions: () => number;
}
