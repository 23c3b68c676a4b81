import { setTimeout as delay } from 'node:timers/promises';
import { ownError } from './errors.ts';
import type { ApiError } from './errors.ts';

/** An event of a stream, its data parsed. */
export interface FollowedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** What a call that begins a stream adds to its options. */
interface StreamCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly parseAs: 'stream';
}

export interface Following {
  /** Begins the stream, or goes on after the last event. */
  readonly open: (call: StreamCall) => Promise<ReadableStream<Uint8Array>>;
  /** Ends it all. */
  readonly signal: AbortSignal;
  /** The server says something at least every 15 s; who is silent for longer than this is away. */
  readonly silenceMsMax?: number;
  /** How long it is tried to get a broken stream back. */
  readonly awayMsMax?: number;
  readonly retryMs?: number;
}

const SILENCE_MS_MAX = 45_000;
const AWAY_MS_MAX = 300_000;
const RETRY_MS = 1000;
const EVENT_CHARS_MAX = 16_777_216;

/**
 * Reads server-sent events for as long as the reader wants. A connection that breaks is made again and goes on after the last event;
 * only the first one must succeed at once. Throws an `ApiError`.
 */
export async function* followEvents(following: Following): AsyncGenerator<FollowedEvent, never> {
  const { signal, retryMs = RETRY_MS } = following;
  const seen: Seen = { lastId: null, heardAt: null };
  for (;;) {
    const failure = yield* readOnce(following, seen);
    if (signal.aborted) throw ownError('INTERRUPTED', 'No longer following.', failure);
    if (!mayReturn(failure, seen, following)) throw isApiError(failure) ? failure : ownError('UNREACHABLE', 'The stream broke off.', failure);
    await delay(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

interface Seen {
  /** Of the last event, told or not. */
  lastId: string | null;
  /** When something came; null = there was no connection yet. */
  heardAt: number | null;
}

/** One connection, until it ends. Returns its failure; null = the server has ended it. */
async function* readOnce({ open, signal, silenceMsMax = SILENCE_MS_MAX }: Following, seen: Seen): AsyncGenerator<FollowedEvent, unknown> {
  const cut = new AbortController();
  const end = (): void => {
    cut.abort();
  };
  const silence = setTimeout(end, silenceMsMax);
  signal.addEventListener('abort', end, { once: true });
  try {
    const headers = { accept: 'text/event-stream', ...(seen.lastId === null ? {} : { 'last-event-id': seen.lastId }) };
    const body = await open({ headers, signal: cut.signal, parseAs: 'stream' });
    seen.heardAt = performance.now();
    for await (const block of readBlocks(body, cut.signal)) {
      silence.refresh();
      seen.heardAt = performance.now();
      const { id, event, data } = parseBlock(block);
      // After an error the stream ends; the next call tells whether it goes on.
      if (data !== null && event !== 'error') yield { event, data: parseData(data) };
      seen.lastId = id ?? seen.lastId;
    }
    return null;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', end);
    // Also when the reader has left.
    cut.abort();
  }
}

/** What stands between empty lines. Ends with the signal, which is asked here: fetch forgets the signal of a request that nobody holds any more. */
async function* readBlocks(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string> {
  const reader = body.getReader();
  const stop = (): void => {
    reader.cancel().catch(() => undefined);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > EVENT_CHARS_MAX) throw ownError('NOT_WEFT', 'An event of the stream is too long to come from Weft.');
    yield* blocks;
  }
}

/** An event without data is not told, but its id counts. */
function parseBlock(block: string): { id: string | null; event: string; data: string | null } {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const at = line.indexOf(':');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
    }),
  );
  return { id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data: fields.get('data') ?? null };
}

function parseData(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw ownError('NOT_WEFT', 'An event of the stream is not JSON, so it does not come from Weft.', error);
  }
}

/** A refusal stays one; a server that is away, or a connection that broke, may come back within some time. */
function mayReturn(failure: unknown, { heardAt }: Seen, { awayMsMax = AWAY_MS_MAX }: Following): boolean {
  if (heardAt === null || performance.now() - heardAt > awayMsMax) return false;
  return !isApiError(failure) || ['UNREACHABLE', 'TIMED_OUT'].includes(failure.code) || failure.status >= 500;
}

function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === 'ApiError';
}
