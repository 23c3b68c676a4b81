import type { Logger } from 'pino';
import { EVENTS_RETAINED_MAX } from '../src/domain/events/retained-events.ts';
import type { EventLedger, PositionedEvent, RelayLeadership } from '../src/ports/ledger/event-ledger.ts';
import type { EventStream } from '../src/ports/event-stream.ts';
import { pause } from './pause.ts';

export interface RelayDeps {
  readonly eventLedger: EventLedger;
  readonly eventStream: EventStream;
  readonly logger: Logger;
  /** It looks at least this often, so that a lost notification only delays. */
  readonly pollMs: number;
}

const BATCH_MAX = 500;
const LEAD_AGAIN_MS = 1000;
const FAILED_AGAIN_MS_MAX = 10_000;

/**
 * Publishes the ledger's events in order, each once, until `signal` aborts. Of all relays one leads at a time; a leader that
 * cannot publish or loses its connection to the ledger gives way, so that one that can may take over.
 */
export async function relayEvents(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  let failedAgainMs = LEAD_AGAIN_MS;
  while (!signal.aborted) {
    try {
      await leadOnce(deps, signal);
      failedAgainMs = LEAD_AGAIN_MS;
    } catch (error) {
      deps.logger.warn({ err: error }, 'events wait to be published');
      failedAgainMs = Math.min(FAILED_AGAIN_MS_MAX, failedAgainMs * 2);
    }
    await pause(failedAgainMs, signal);
  }
}

async function leadOnce(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  const leadership = await deps.eventLedger.lead();
  if (leadership === null) return;
  deps.logger.info('leads the relay of events');
  try {
    await publishAll(deps, leadership, signal);
  } finally {
    await leadership.close();
  }
}

/** Where publishing stands: the stream ends at `streamEnd`, and the events after `readAfter` follow; the two differ only after a loss. */
interface Progress {
  readonly streamEnd: number;
  readonly readAfter: number;
}

/** Ends when another one publishes, or when `signal` aborts. */
async function publishAll(deps: RelayDeps, leadership: RelayLeadership, signal: AbortSignal): Promise<void> {
  let progress = await findProgress(deps, leadership);
  while (progress !== null && !signal.aborted) {
    const assigned = await leadership.assignPositions(BATCH_MAX);
    const events = await leadership.readFrom(progress.readAfter, BATCH_MAX);
    const published = await publishBatch(deps, events, { progress, signal });
    if (published === 'conflict') progress = await afterConflict(deps, leadership, progress);
    else progress = published;
    if (assigned === 0 && events.length === 0) await leadership.waitForEvents(deps.pollMs, signal);
  }
}

async function publishBatch(
  { eventStream }: RelayDeps,
  events: readonly PositionedEvent[],
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Progress | 'conflict'> {
  let { streamEnd } = progress;
  for (const event of events) {
    if (signal.aborted) break;
    if ((await eventStream.publish(event, streamEnd)) === 'conflict') return 'conflict';
    streamEnd = event.position;
  }
  return streamEnd === progress.streamEnd ? progress : { streamEnd, readAfter: streamEnd };
}

/** From the end of the stream, or from as far back as the stream holds. Null when the stream has what our ledger does not. */
async function findProgress({ eventStream, logger }: RelayDeps, leadership: RelayLeadership): Promise<Progress | null> {
  const [streamEnd, lastPosition] = [await eventStream.lastPosition(), await leadership.lastPosition()];
  if (streamEnd > lastPosition) {
    logger.error({ streamEnd, lastPosition }, 'the stream of events is ahead of the ledger: it belongs to another installation, or the ledger was set back');
    return null;
  }
  return { streamEnd, readAfter: Math.max(streamEnd, lastPosition - EVENTS_RETAINED_MAX) };
}

/** The stream does not end where we left it. A stream that was lost is filled again; for another leader's message we step down. */
async function afterConflict(deps: RelayDeps, leadership: RelayLeadership, left: Progress): Promise<Progress | null> {
  const found = await findProgress(deps, leadership);
  if (found === null) return null;
  if (found.streamEnd > left.streamEnd) {
    deps.logger.warn({ streamEnd: found.streamEnd, published: left.streamEnd }, 'another relay publishes; stepping down');
    return null;
  }
  if (found.streamEnd < left.streamEnd)
    deps.logger.warn({ streamEnd: found.streamEnd, published: left.streamEnd }, 'the stream of events was lost; publishing again');
  return found;
}
