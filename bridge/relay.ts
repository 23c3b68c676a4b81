import type { Logger } from 'pino';
import { hasErrorCode } from '../src/domain/errors.ts';
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
const FAILURES_UNSAID = 20;
const POSITIONS_ONLY_MS = 3000;
const REST_PER_BATCH = 3;
const REST_MS_MAX = 50;

/**
 * Publishes the ledger's events in order, each once, until `signal` aborts. Of all relays one leads at a time; a leader that
 * cannot publish or loses its connection to the ledger gives way, so that one that can may take over.
 */
export async function relayEvents(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  let failedAgainMs = LEAD_AGAIN_MS;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await leadOnce(deps, signal);
      failedAgainMs = LEAD_AGAIN_MS;
      failures = 0;
    } catch (error) {
      // Said at the beginning, and again now and then.
      if (failures % FAILURES_UNSAID === 0) deps.logger.warn({ err: error }, 'events wait to be published');
      failures += 1;
      // Events get their positions while NATS is away, so that goes on soon.
      failedAgainMs = hasErrorCode(error, 'BUS_UNAVAILABLE') ? LEAD_AGAIN_MS : Math.min(FAILED_AGAIN_MS_MAX, failedAgainMs * 2);
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
  } catch (error) {
    if (hasErrorCode(error, 'BUS_UNAVAILABLE')) await givePositions(deps, leadership, signal);
    throw error;
  } finally {
    await leadership.close();
  }
}

/** Readers of the ledger go by positions, and need no NATS. For a while only, so that a relay that can publish may take over. */
async function givePositions({ pollMs }: RelayDeps, leadership: RelayLeadership, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + POSITIONS_ONLY_MS;
  for (let leftMs = POSITIONS_ONLY_MS; leftMs > 0 && !signal.aborted; leftMs = untilMs - performance.now()) {
    if ((await leadership.assignPositions(BATCH_MAX)).length === 0) await leadership.waitForEvents(Math.min(pollMs, leftMs), signal);
  }
}

/** Where publishing stands: the stream ends at `streamEnd`, and the events after `readAfter` follow; the two differ only after a loss. */
interface Progress {
  readonly streamEnd: number;
  readonly readAfter: number;
  /** The last position of the ledger. */
  readonly ledgerEnd: number;
}

/** Ends when another one publishes, or when `signal` aborts. */
async function publishAll(deps: RelayDeps, leadership: RelayLeadership, signal: AbortSignal): Promise<void> {
  let progress = await findProgress(deps, leadership);
  while (progress !== null && !signal.aborted) {
    const beganAtMs = performance.now();
    const { events, ledgerEnd } = await nextEvents(leadership, progress);
    const published = await publishBatch(deps, events, { progress: { ...progress, ledgerEnd }, signal });
    progress = published.isConflict ? await afterConflict(deps, leadership, published.progress) : published.progress;
    if (progress === null || progress.readAfter < progress.ledgerEnd || events.length === BATCH_MAX) continue;
    if (events.length > 0) await pause(restMs(performance.now() - beganAtMs), signal);
    await leadership.waitForEvents(deps.pollMs, signal);
  }
}

/** What was just given its positions follows, but after a restart or a loss. */
async function nextEvents(leadership: RelayLeadership, { readAfter, ledgerEnd }: Progress): Promise<{ events: readonly PositionedEvent[]; ledgerEnd: number }> {
  const assigned = await leadership.assignPositions(BATCH_MAX);
  const end = assigned.at(-1)?.position ?? ledgerEnd;
  const isNext = readAfter === end || assigned[0]?.position === readAfter + 1;
  const events = isNext ? assigned : await leadership.readFrom(readAfter, BATCH_MAX);
  return { events, ledgerEnd: events.length === 0 ? readAfter : end };
}

/** The first event of a quiet time is published at once; under a stream of them, those that come meanwhile go together. */
function restMs(tookMs: number): number {
  return Math.min(REST_MS_MAX, REST_PER_BATCH * tookMs);
}

async function publishBatch(
  { eventStream }: RelayDeps,
  events: readonly PositionedEvent[],
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<{ readonly progress: Progress; readonly isConflict: boolean }> {
  let { streamEnd } = progress;
  let left = events;
  while (left.length > 0 && !signal.aborted) {
    const reached = await eventStream.publish(left, streamEnd);
    if (reached === streamEnd) return { progress: toProgress(progress, streamEnd), isConflict: true };
    streamEnd = reached;
    left = left.filter(({ position }) => position > reached);
  }
  return { progress: toProgress(progress, streamEnd), isConflict: false };
}

function toProgress(before: Progress, streamEnd: number): Progress {
  return streamEnd === before.streamEnd ? before : { ...before, streamEnd, readAfter: streamEnd };
}

/** From the end of the stream, or from as far back as the stream holds. Null when the stream has what our ledger does not. */
async function findProgress({ eventStream, logger }: RelayDeps, leadership: RelayLeadership): Promise<Progress | null> {
  const [streamEnd, lastPosition] = [await eventStream.lastPosition(), await leadership.lastPosition()];
  if (streamEnd > lastPosition) {
    logger.error({ streamEnd, lastPosition }, 'the stream of events is ahead of the ledger: it belongs to another installation, or the ledger was set back');
    return null;
  }
  return { streamEnd, readAfter: Math.max(streamEnd, lastPosition - EVENTS_RETAINED_MAX), ledgerEnd: lastPosition };
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
