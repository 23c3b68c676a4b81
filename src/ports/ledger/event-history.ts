import type { EventSelection } from '../../domain/events/event-selection.ts';
import type { EventFacts } from '../../domain/events/to-outward-event.ts';
import type { PositionedEvent } from './event-ledger.ts';

export interface EventPage {
  /** Events above this position. */
  readonly after: number;
  /** And up to this one; absent = to the end. */
  readonly upTo?: number;
  readonly limit: number;
}

/** Everything that happened, by position. Every call throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface EventHistory {
  /** The last position given; 0 when none was. */
  lastPosition: () => Promise<number>;
  /** Selected events in order of position. */
  readAfter: (page: EventPage, selection: EventSelection) => Promise<readonly PositionedEvent[]>;
  /** What the outward forms of these events say beyond the record, by position; events that need nothing are left out. */
  factsOf: (events: readonly PositionedEvent[]) => Promise<ReadonlyMap<number, EventFacts>>;
}
