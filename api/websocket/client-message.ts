import { z } from 'zod';
import { EventTopic } from '../../src/domain/events/topic.ts';
import { ProjectId } from '../../src/domain/ids.ts';

const ClientTopic = z.enum([...EventTopic.options, 'stats']);
export type ClientTopic = z.infer<typeof ClientTopic>;

const Subscribe = z.object({
  filter: z.record(z.string(), z.unknown()).nullish(),
  projectId: ProjectId.nullish(),
  after: z.preprocess(toNumber, z.int().min(0)).nullish(),
  all: z.boolean().nullish(),
});

/** What a client wants of the events of a topic. */
export interface SubscribeWish {
  readonly topic: ClientTopic;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly projectId?: ProjectId;
  /** Resume after this event id. */
  readonly after?: number;
  /** Also the events that the original did not have. */
  readonly all: boolean;
}

export type ClientMessage =
  | { readonly type: 'ping' }
  | { readonly type: 'subscribe'; readonly wish: SubscribeWish }
  | { readonly type: 'unsubscribe'; readonly topic: ClientTopic }
  /** Not understood; `error` says why, in the words that clients know. */
  | { readonly type: 'refused'; readonly error: string };

const SHOWN_CHARS_MAX = 64;

/** Reads one frame, text or binary. */
export function parseClientMessage(bytes: Buffer): ClientMessage {
  const message = parseObject(bytes);
  if (message === null) return { type: 'refused', error: 'Invalid message format' };
  const { type } = message;
  if (type === 'ping') return { type };
  if (type !== 'subscribe' && type !== 'unsubscribe') return { type: 'refused', error: `Unknown message type: ${shown(type)}` };
  const topic = ClientTopic.safeParse(message['topic']);
  if (!topic.success) return { type: 'refused', error: `Invalid topic: ${shown(message['topic'])}` };
  return type === 'unsubscribe' ? { type, topic: topic.data } : toSubscribe(topic.data, message);
}

function toSubscribe(topic: ClientTopic, message: object): ClientMessage {
  const parsed = Subscribe.safeParse(message);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { type: 'refused', error: `Invalid ${String(issue?.path[0] ?? 'subscribe')}: ${issue?.message ?? ''}` };
  }
  const { filter, projectId, after, all } = parsed.data;
  const wish = { topic, filter: filter ?? {}, all: all ?? false, ...(projectId ? { projectId } : {}), ...(typeof after === 'number' ? { after } : {}) };
  return { type: 'subscribe', wish };
}

function parseObject(bytes: Buffer): Record<string, unknown> | null {
  try {
    const message: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof message === 'object' && message !== null && !Array.isArray(message) ? { ...message } : null;
  } catch {
    return null;
  }
}

// Ids of events are shown as numbers, and kept by some clients as texts.
function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  return (text ?? 'undefined').slice(0, SHOWN_CHARS_MAX);
}
