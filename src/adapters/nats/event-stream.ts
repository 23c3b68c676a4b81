import { jetstream, JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager, JetStreamPublishOptions, PubAck, StreamInfo } from '@nats-io/jetstream';
import { WeftError } from '../../domain/errors.ts';
import { eventSubject, STREAMS } from '../../domain/subjects.ts';
import type { EventStream } from '../../ports/event-stream.ts';
import type { PositionedEvent } from '../../ports/ledger/event-ledger.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { ensureStreams, JETSTREAM_TIMEOUT_MS, orMissing } from './ensure-streams.ts';
import { EVENT_BYTES_MAX } from './streams.ts';

/** The end of the stream: the position of its last event, and that message's number in the stream. */
interface StreamEnd {
  readonly position: number;
  readonly sequence: number;
}

/** Stands in the data of an event whose data the message does not carry. */
export const OMITTED = 'omitted';

const EMPTY: StreamEnd = { position: 0, sequence: 0 };
// Messages that are none of ours may stand behind the last event; more of them than this and the stream counts as empty.
const FOREIGN_MESSAGES_MAX = 32;
// On their way at once.
const UNDER_WAY_MAX = 64;
// The client's list of codes lacks it.
const WRONG_LAST_MESSAGE_ID = 10_070;

/**
 * Publishes under the condition that the stream still ends where it was last seen to end. The condition is the message's number:
 * the server forgets the last message id when it restarts after the duplicate window, its number never.
 */
export function createEventStream(nats: NatsConnectionHandle): EventStream {
  let known: StreamEnd | null = null;
  return {
    lastPosition: async () => {
      known = null;
      const link = requireLink(nats);
      known = await mapped(() => findEnd(nats, link));
      return known.position;
    },
    publish: async (events, previousPosition) => {
      const link = requireLink(nats);
      const end = known ?? (await mapped(() => findEnd(nats, link)));
      known = null; // until we know how this ends
      if (end.position !== previousPosition) return previousPosition;
      const reached = await mapped(() => publishAfter(link, end, events.slice(0, UNDER_WAY_MAX)));
      known = reached.isEnd ? reached : null;
      return reached.position;
    },
  };
}

async function findEnd(nats: NatsConnectionHandle, { connection }: NatsLink): Promise<StreamEnd> {
  const manager = await jetstreamManager(connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
  const info = await orMissing(manager.streams.info(STREAMS.events), JetStreamApiCodes.StreamNotFound);
  if (info === null) {
    await ensureStreams(nats);
    return EMPTY;
  }
  return { position: await lastPositionIn(manager, info), sequence: info.state.last_seq };
}

async function lastPositionIn(manager: JetStreamManager, { state }: StreamInfo): Promise<number> {
  const oldest = Math.max(state.first_seq, state.last_seq - FOREIGN_MESSAGES_MAX);
  for (let sequence = state.last_seq; state.messages > 0 && sequence >= oldest; sequence--) {
    const message = await manager.streams.getMessage(STREAMS.events, { seq: sequence });
    const position = Number(message?.header.get('Nats-Msg-Id'));
    if (Number.isSafeInteger(position) && position > 0) return position;
  }
  return 0;
}

interface Reached extends StreamEnd {
  /** False when somebody else's message may stand behind it. */
  readonly isEnd: boolean;
}

/**
 * All of them are on their way at once. Each expects its predecessor by number and, but for the first, by id too, so that what
 * follows one that was refused is refused as well.
 */
async function publishAfter(link: NatsLink, end: StreamEnd, events: readonly PositionedEvent[]): Promise<Reached> {
  let before: PositionedEvent | undefined;
  const answers = events.map((event, index) => {
    const expect = { lastSequence: end.sequence + index, streamName: STREAMS.events, ...(before === undefined ? {} : { lastMsgID: String(before.position) }) };
    before = event;
    return publishOne(link, event, expect);
  });
  let reached: Reached = { ...end, isEnd: true };
  for (const [index, answer] of (await Promise.all(answers)).entries()) {
    if (answer === null) return { ...reached, isEnd: false };
    // A duplicate was published before and is not stored again: the stream ends where it did, and not where the next one expects.
    reached = { position: events[index]?.position ?? 0, sequence: answer.duplicate ? end.sequence + index : answer.seq, isEnd: true };
    if (answer.duplicate) return reached;
  }
  return reached;
}

/** Null when the stream does not end as expected, or is not there. */
async function publishOne({ connection }: NatsLink, event: PositionedEvent, expect: JetStreamPublishOptions['expect']): Promise<PubAck | null> {
  try {
    return await jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS }).publish(eventSubject(event.projectId, event.type), toBody(event), {
      msgID: String(event.position),
      expect,
    });
  } catch (error) {
    if (isRefused(error)) return null;
    throw error;
  }
}

const REFUSALS: readonly number[] = [JetStreamApiCodes.StreamWrongLastSequence, WRONG_LAST_MESSAGE_ID];

function isRefused(error: unknown): boolean {
  return (error instanceof JetStreamApiError && REFUSALS.includes(error.code)) || isStreamMissing(error);
}

// Nobody takes messages on the subject of a stream that does not exist; the client calls that "jetstream is not enabled".
function isStreamMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

/** Never larger than the stream takes: one event that cannot be published would hold up all that follow. */
function toBody(event: PositionedEvent): string {
  const body = JSON.stringify(event);
  return Buffer.byteLength(body) <= EVENT_BYTES_MAX ? body : JSON.stringify({ ...event, data: { [OMITTED]: 'too large to be published; see the ledger' } });
}

function requireLink(nats: NatsConnectionHandle): NatsLink {
  const link = nats.link();
  if (link === null) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; no event could be published.');
  return link;
}

async function mapped<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new WeftError('BUS_UNAVAILABLE', 'The stream of events did not answer.', { cause: error });
  }
}
