import { z } from 'zod';
import { ContractEvent } from '../../src/domain/events/contract-events.ts';
import { EventName } from '../../src/domain/events/event.ts';
import { ProjectId, Timestamp } from '../../src/domain/ids.ts';
import type { FeedEvent } from '../../src/ports/event-feed.ts';
import { toOutwardEvent } from '../../src/domain/events/to-outward-event.ts';
import type { OutwardEvent } from '../../src/domain/events/to-outward-event.ts';
import { EventTopic, topicOf } from '../../src/domain/events/topic.ts';

/** For the API's description, which has no other place for what is sent unasked. */
const FrameBody = z
  .object({
    type: z.literal('event'),
    id: z.int().min(1).meta({ description: 'Resume after it with `{"type":"subscribe","topic":…,"after":id}`; keep one for each topic.' }),
    topic: EventTopic,
    event: EventName,
    timestamp: Timestamp,
    projectId: ProjectId,
    data: ContractEvent,
  })
  .meta({ id: 'EventFrame', description: 'What a WebSocket subscriber receives. With `all: true` also events of other names, in the same form.' });

/** What stands in the description under `webhooks`: messages that the API sends. */
export const EVENT_WEBHOOK = {
  event: {
    post: {
      summary: 'An event, as a frame of the WebSocket /api/ws',
      requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${FrameBody.meta()?.id ?? ''}` } } } },
      responses: {},
    },
  },
};

/** An event as it goes to every client that wants it. */
export interface EventFrame {
  readonly topic: EventTopic;
  readonly data: OutwardEvent;
  readonly bytes: Buffer;
}

const frames = new WeakMap<FeedEvent, EventFrame>();

/** Made once per event, however many clients there are. */
export function eventFrameOf(given: FeedEvent): EventFrame {
  const known = frames.get(given);
  if (known !== undefined) return known;
  const { event, facts } = given;
  const topic = topicOf(event.type);
  const data = toOutwardEvent(event, facts);
  const { type, timestamp, projectId } = event;
  const bytes = Buffer.from(JSON.stringify({ type: 'event', id: event.position, topic, event: type, data, timestamp, projectId }));
  const frame = { topic, data, bytes };
  frames.set(given, frame);
  return frame;
}

/** Everything else that is sent; each carries the time. */
export type ServerMessage =
  | { readonly type: 'pong' }
  | { readonly type: 'error'; readonly error: string }
  | { readonly type: 'ack'; readonly subscribed: string; readonly id: number }
  | { readonly type: 'ack'; readonly unsubscribed: string }
  | { readonly type: 'stats'; readonly data: object; readonly projectId: string };

export function toFrame(message: ServerMessage): string {
  return JSON.stringify({ ...message, timestamp: new Date().toISOString() });
}
