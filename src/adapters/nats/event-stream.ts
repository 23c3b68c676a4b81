import { jetstream, JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager, PubAck, StreamInfo } from '@nats-io/jetstream';
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
    publish: async (event, previousPosition) => {
      const link = requireLink(nats);
      const end = known ?? (await mapped(() => findEnd(nats, link)));
      known = null; // until we know how this ends
      if (end.position !== previousPosition) return 'conflict';
      const acknowledged = await mapped(() => publishAfter(link, end, event));
      if (acknowledged === null) return 'conflict';
      // A duplicate was published before and is not stored again: the stream ends where it did.
      known = { position: event.position, sequence: acknowledged.duplicate ? end.sequence : acknowledged.seq };
      return 'published';
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

/** Null when the stream does not end at `end` any more, or is not there. */
async function publishAfter({ connection }: NatsLink, end: StreamEnd, event: PositionedEvent): Promise<PubAck | null> {
  try {
    return await jetstream(connection, { timeout: JETSTREAM_TIMEOUT_MS }).publish(eventSubject(event.projectId, event.type), toBody(event), {
      msgID: String(event.position),
      expect: { lastSequence: end.sequence, streamName: STREAMS.events },
    });
  } catch (error) {
    const moved = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
    if (moved || isStreamMissing(error)) return null;
    throw error;
  }
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
