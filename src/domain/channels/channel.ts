import { z } from 'zod';

// Stricter than ids elsewhere: both become part of a stream's name, where nothing else may be spelt.
const NAME_PART = /^[A-Za-z0-9_-]+$/;

export const ChannelProject = z.string().min(1).max(64).regex(NAME_PART, 'must consist of letters, digits, "-" and "_"');
export const ChannelName = z.string().min(1).max(64).regex(NAME_PART, 'must consist of letters, digits, "-" and "_"');

export const Channel = z.object({ name: z.string(), description: z.string() }).meta({ id: 'Channel' });

/** Those that agents make by themselves. */
export const CHANNELS: readonly z.infer<typeof Channel>[] = [
  { name: 'roadmap', description: 'Plans, priorities and decisions' },
  { name: 'parallel-work', description: 'Who works on what at the same time' },
  { name: 'errors', description: 'Problems, and how they were solved' },
];

export const ChannelMessage = z.object({ timestamp: z.iso.datetime(), handle: z.string(), message: z.string() }).meta({ id: 'ChannelMessage' });
export type ChannelMessage = z.infer<typeof ChannelMessage>;

/** Where a channel's messages stand, and the only subjects that such a stream may have. */
export interface ChannelAddress {
  readonly stream: string;
  readonly subjectPrefix: string;
}

/** Streams of others, Weft's own among them, begin like this; a project of such a name has no channels. */
const RESERVED = /^(WEFT|KV|OBJ|INBOX|WORKQUEUE|LOOMINAL|MQTT)_/;

/** The address of a channel; null when it would spell the name of a stream that is none. */
export function channelAddress(projectId: string, name: string): ChannelAddress | null {
  const stream = `${projectId}_${name.toUpperCase().replaceAll('-', '_')}`;
  return RESERVED.test(stream) ? null : { stream, subjectPrefix: `${projectId}.` };
}

const MESSAGE_CHARS_MAX = 65_536;
const HANDLE_CHARS_MAX = 128;
const TIME_CHARS_MAX = 64;

/** A message as it is shown, whatever was written: what is not of the known form is shown as it is, from `unknown`. */
export function readChannelMessage(text: string, storedAt: string): ChannelMessage {
  const { handle, message, timestamp } = fieldsOf(text);
  if (typeof message !== 'string') return { timestamp: storedAt, handle: 'unknown', message: bounded(text, MESSAGE_CHARS_MAX) };
  const timeMs = typeof timestamp === 'string' && timestamp.length <= TIME_CHARS_MAX ? Date.parse(timestamp) : NaN;
  return {
    timestamp: timeMs >= 0 && timeMs <= Date.UTC(9999, 11, 31) ? new Date(timeMs).toISOString() : storedAt,
    handle: typeof handle === 'string' && handle !== '' ? bounded(handle, HANDLE_CHARS_MAX) : 'unknown',
    message: bounded(message, MESSAGE_CHARS_MAX),
  };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}; // an object's fields are unknown
  } catch {
    return {};
  }
}

function bounded(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}
