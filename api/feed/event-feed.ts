import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { isSelected } from '../../src/domain/events/event-selection.ts';
import type { EventFeed, FeedEvent, FeedSubscription } from '../../src/ports/event-feed.ts';
import type { EventHistory } from '../../src/ports/ledger/event-history.ts';
import type { PositionedEvent } from '../../src/ports/ledger/event-ledger.ts';
import type { ArrivedEvent, LiveEvents } from '../../src/ports/live-events.ts';

export interface EventFeedDeps {
  readonly history: EventHistory;
  readonly live: LiveEvents;
  readonly logger: FastifyBaseLogger;
  /** How often the ledger is looked at while NATS is away. */
  readonly pollMs?: number;
  /** And while it is there: a net under messages that were lost. */
  readonly netMs?: number;
}

export interface RunningFeed extends EventFeed {
  readonly close: () => Promise<void>;
}

const POLL_MS = 200;
const NET_MS = 1000;
const FAILED_AGAIN_MS = 1000;
const PAGE_MAX = 200;
// Arrived and not yet given; what comes beyond is read from the ledger later.
const ARRIVED_MAX = 2000;
// Given in one go; then whatever else waits in this process has its turn.
const GIVEN_AT_ONCE_MAX = 2000;

/** Follows from the ledger's last position on. Throws `LEDGER_UNAVAILABLE` when that cannot be read; afterwards it survives anything. */
export async function openEventFeed(deps: EventFeedDeps): Promise<RunningFeed> {
  return new LedgerFeed(deps, await deps.history.lastPosition());
}

interface Subscriber extends FeedSubscription {
  /** The last position that it was given, or needs not be given. */
  cursor: number;
}

/**
 * `#head` is the last position given to subscribers, `#tail` the last one that has arrived in order; the queue holds what lies
 * between. Only the next position after the tail is taken; anything else means that something was missed, and the ledger has it.
 * A subscriber is past (reads pages of the ledger at its own pace) until its cursor meets the head, then live.
 */
class LedgerFeed implements RunningFeed {
  readonly #deps: EventFeedDeps;
  readonly #closing = new AbortController();
  readonly #live = new Set<Subscriber>();
  readonly #running: Promise<void>;
  #past = 0;
  #head: number;
  #tail: number;
  #queue: PositionedEvent[] = [];
  #missed = true;
  #failing = false;
  #wake: () => void = () => undefined;

  constructor(deps: EventFeedDeps, position: number) {
    this.#deps = deps;
    this.#head = this.#tail = position;
    this.#running = this.#run();
  }

  head(): number {
    return this.#head;
  }

  subscriptions(): number {
    return this.#live.size + this.#past;
  }

  async isKnown(position: number): Promise<boolean> {
    return position <= this.#head || position <= (await this.#deps.history.lastPosition());
  }

  async subscribe(subscription: FeedSubscription): Promise<void> {
    const { signal } = subscription;
    this.#past += 1;
    try {
      const subscriber = { ...subscription, cursor: subscription.after ?? this.#head };
      // Nothing may come between the comparison and the joining.
      while (!signal.aborted && subscriber.cursor < this.#head) await this.#givePast(subscriber);
      if (!signal.aborted) this.#join(subscriber);
    } finally {
      this.#past -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#running;
  }

  #join(subscriber: Subscriber): void {
    this.#live.add(subscriber);
    subscriber.signal.addEventListener('abort', () => this.#live.delete(subscriber), { once: true });
  }

  async #givePast(subscriber: Subscriber): Promise<void> {
    const { selection, signal } = subscriber;
    const upTo = this.#head;
    try {
      const events = await this.#deps.history.readAfter({ after: subscriber.cursor, upTo, limit: PAGE_MAX }, selection);
      const facts = await this.#deps.history.factsOf(events);
      for (const event of events) {
        if (isAborted(signal)) return;
        give(subscriber, { event, facts: facts.get(event.position) ?? {} }, this.#deps.logger);
        await subscriber.drained();
      }
      if (events.length < PAGE_MAX) subscriber.cursor = upTo;
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'past events cannot be read yet');
      await pause(FAILED_AGAIN_MS, signal);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const following = this.#deps.live.follow((arrived) => {
      this.#take(arrived);
    }, signal);
    while (!isAborted(signal)) {
      try {
        await this.#advance(signal);
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.#deps.logger.warn({ err: error }, 'events wait: the ledger does not answer');
        this.#failing = true;
        await pause(FAILED_AGAIN_MS, signal);
      }
    }
    await following;
  }

  /** One step: give what has arrived, or read what was missed, or wait. */
  async #advance(signal: AbortSignal): Promise<void> {
    if (this.#queue.length > 0) {
      await this.#giveLive();
    } else if (this.#missed) {
      this.#missed = false;
      const events = await this.#deps.history.readAfter({ after: this.#tail, limit: PAGE_MAX }, { projects: 'all' });
      for (const event of events) this.#accept(event);
      if (events.length === PAGE_MAX) this.#missed = true;
    } else {
      const { live, pollMs = POLL_MS, netMs = NET_MS } = this.#deps;
      if (await this.#rang(live.isConnected() ? netMs : pollMs, signal)) return;
      this.#missed = true;
    }
  }

  #take({ position, read }: ArrivedEvent): void {
    if (position <= this.#tail) return;
    const event = position === this.#tail + 1 && this.#queue.length < ARRIVED_MAX ? read() : null;
    if (event === null) this.#missed = true;
    else this.#accept(event);
    this.#wake();
  }

  /** In order; a read page may overlap with what arrived meanwhile. */
  #accept(event: PositionedEvent): void {
    if (event.position <= this.#tail) return;
    this.#queue.push(event);
    this.#tail = event.position;
  }

  async #giveLive(): Promise<void> {
    const batch = this.#queue.slice(0, PAGE_MAX);
    // Nobody there: nothing is looked up, and nobody can join before the batch is given.
    const facts = this.subscriptions() === 0 ? new Map<number, object>() : await this.#deps.history.factsOf(batch);
    this.#queue = this.#queue.slice(batch.length);
    let givings = 0;
    for (const event of batch) {
      this.#head = event.position;
      const given = { event, facts: facts.get(event.position) ?? {} };
      for (const subscriber of this.#live) give(subscriber, given, this.#deps.logger);
      givings += this.#live.size;
      if (givings < GIVEN_AT_ONCE_MAX) continue;
      givings = 0;
      await nextTurn();
    }
  }

  /** False when `timeoutMs` passed without anything. */
  async #rang(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (isAborted(signal)) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(false);
      }, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

function give(subscriber: Subscriber, given: FeedEvent, logger: FastifyBaseLogger): void {
  const { position } = given.event;
  if (position <= subscriber.cursor) return;
  subscriber.cursor = position;
  if (!isSelected(subscriber.selection, given.event)) return;
  try {
    subscriber.onEvent(given);
  } catch (error) {
    logger.error({ err: error, position }, 'a reader of events failed');
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** Asked as a question, because the compiler takes a property that it has seen for settled. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
