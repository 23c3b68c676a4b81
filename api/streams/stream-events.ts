import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { EventSelection } from '../../src/domain/events/event-selection.ts';
import type { FeedEvent } from '../../src/ports/event-feed.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest } from '../errors.ts';
import { EVENT_STREAM } from './event-stream.ts';
import type { OpenStreams } from './event-stream.ts';
import { digits } from '../http/queries.ts';

export const Position = digits(z.int().min(0).max(Number.MAX_SAFE_INTEGER));
/** For the description of routes that can stream. */
export const ResumeHeaders = z.object({ 'last-event-id': z.string().max(32).exactOptional() });
/** OpenAPI 3.1 has no word for a stream: as is usual, the schema describes each of its events. */
export const ServerSentEvent = z
  .object({
    id: z.string().exactOptional().meta({ description: 'Resumes after this event when sent as `Last-Event-ID`.' }),
    event: z.string(),
    data: z.string().meta({ description: 'A JSON document without line breaks.' }),
  })
  .meta({ id: 'ServerSentEvent', description: 'Each event of the stream that `Accept: text/event-stream` asks for.' });

export interface StreamWish {
  readonly selection: EventSelection;
  /** Where to begin when no `Last-Event-ID` says otherwise; absent = now. */
  readonly after: number | undefined;
}

export type StreamDeps = Pick<ApiDeps, 'feed'> & { readonly streams: OpenStreams };

const texts = new WeakMap<FeedEvent, string>();

/** Answers with the events, past and live, until the client leaves. Throws `BAD_REQUEST` for an id that was never given. */
export async function streamEvents(
  { feed, streams }: StreamDeps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  wish: StreamWish,
): Promise<void> {
  const after = lastEventIdOf(request) ?? wish.after;
  if (after !== undefined && !(await feed.isKnown(after))) {
    throw badRequest([{ field: '/query/after', message: `there was no event ${String(after)} yet; it belongs to another server`, code: 'unknown_event' }]);
  }
  const from = after ?? feed.head();
  const stream = streams.open(request, reply, { kind: EVENT_STREAM, projects: wish.selection.projects });
  // With a position from the beginning, a reader that is cut off before the first event misses nothing.
  stream.write(`retry: 1000\nid: ${String(from)}\n\n`);
  await feed.subscribe({
    selection: wish.selection,
    after: from,
    onEvent: (given) => {
      stream.write(textOf(given));
    },
    drained: stream.drained.bind(stream),
    signal: stream.signal,
  });
}

/** Made once per event, however many readers there are. JSON has no line breaks. */
function textOf(given: FeedEvent): string {
  const known = texts.get(given);
  if (known !== undefined) return known;
  const { event } = given;
  const text = `id: ${String(event.position)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  texts.set(given, text);
  return text;
}

/** A browser repeats the address it began with, so the header wins over the query. */
export function lastEventIdOf({ headers }: FastifyRequest): number | undefined {
  const text = headers['last-event-id'];
  if (text === undefined || text === '') return undefined;
  const id = Position.safeParse(text);
  if (!id.success) throw badRequest([{ field: '/headers/last-event-id', message: 'must be the id of an event', code: 'invalid_format' }]);
  return id.data;
}
