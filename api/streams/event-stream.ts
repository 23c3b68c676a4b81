import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../src/domain/access/actor.ts';
import { WeftError } from '../../src/domain/errors.ts';
import type { AccessWatch } from '../access/access-watch.ts';
import { callerOf } from '../plugins/authenticate.ts';
import { waitAtMost } from '../wait-at-most.ts';

/** Bounds of answers that go on; a test may set its own. */
export interface StreamLimits {
  readonly streamsMax: number;
  /** Bytes that wait to be sent to one reader; one that reads slower is told and dropped. */
  readonly queueBytesMax: number;
  /** Proxies cut connections on which nothing happens. */
  readonly heartbeatMs: number;
  /** How long a reader may take to read a part of what is past. */
  readonly drainTimeoutMs: number;
}

export const STREAM_LIMITS: StreamLimits = { streamsMax: 2000, queueBytesMax: 1_048_576, heartbeatMs: 15_000, drainTimeoutMs: 30_000 };

const DROP_GRACE_MS = 2000;
const TOO_SLOW = 'Too slow: more waits to be sent than is read. Connect again; Last-Event-ID resumes.';

/** An answer that goes on until its reader leaves, it is ended, or the server stops. */
export interface OpenStream {
  readonly write: (text: string) => void;
  /** Resolves when little waits to be sent. */
  readonly drained: () => Promise<void>;
  readonly end: () => void;
  /** Aborted when the stream has ended, whoever ended it. */
  readonly signal: AbortSignal;
}

export interface StreamKind {
  readonly contentType: string;
  /** What is sent when nothing else is; '' = nothing. */
  readonly heartbeat: string;
  /** The last that is sent when the stream ends before its end. */
  readonly toError: (why: string) => string;
}

export const EVENT_STREAM: StreamKind = {
  contentType: 'text/event-stream; charset=utf-8',
  heartbeat: ': still here\n\n',
  toError: (error) => `event: error\ndata: ${JSON.stringify({ error })}\n\n`,
};
export const TEXT_STREAM: StreamKind = { contentType: 'text/plain; charset=utf-8', heartbeat: '', toError: (why) => `... ${why}\n` };

interface NewStream {
  readonly kind: StreamKind;
  /** Whose things it tells. */
  readonly projects: Actor['projects'];
}

/** All answers of this process that go on. */
export class OpenStreams {
  readonly #limits: StreamLimits;
  readonly #access: Pick<AccessWatch, 'watch'>;
  readonly #open = new Set<OpenStream>();

  constructor(limits: StreamLimits, access: Pick<AccessWatch, 'watch'>) {
    this.#limits = limits;
    this.#access = access;
  }

  /** Takes the reply over. Throws `TOO_MANY_STREAMS`. */
  open(request: FastifyRequest, reply: FastifyReply, { kind, projects }: NewStream): OpenStream {
    if (this.#open.size >= this.#limits.streamsMax) throw new WeftError('TOO_MANY_STREAMS', 'As many streams are open as this server allows; try again later.');
    const { raw } = reply.hijack();
    const headers = { ...reply.getHeaders(), 'content-type': kind.contentType, 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' };
    raw.writeHead(200, Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<string, string>); // only those that are set
    raw.flushHeaders();
    const ended = new AbortController();
    const onSlow = (bytes: number): void => {
      request.log.info({ bytes }, 'dropped a reader that is too slow');
    };
    const stream = new BoundedStream({ raw, kind, ended, limits: this.#limits, onSlow });
    const unwatch = this.#access.watch({ token: callerOf(request).token, projects, end: stream.fail.bind(stream) });
    const heartbeat = setInterval(() => {
      if (kind.heartbeat !== '') stream.write(kind.heartbeat);
    }, this.#limits.heartbeatMs);
    this.#open.add(stream);
    raw.once('close', () => {
      clearInterval(heartbeat);
      unwatch();
      this.#open.delete(stream);
      ended.abort();
    });
    return stream;
  }

  /** Ends all of them, so that the server can stop. */
  endAll(): void {
    for (const stream of this.#open) stream.end();
  }
}

interface StreamParts {
  readonly raw: FastifyReply['raw'];
  readonly kind: StreamKind;
  readonly ended: AbortController;
  readonly limits: StreamLimits;
  readonly onSlow: (bytes: number) => void;
}

class BoundedStream implements OpenStream {
  readonly #parts: StreamParts;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  get signal(): AbortSignal {
    return this.#parts.ended.signal;
  }

  write(text: string): void {
    const { raw, limits, onSlow } = this.#parts;
    if (this.signal.aborted || raw.writableEnded) return;
    if (raw.writableLength > limits.queueBytesMax) {
      onSlow(raw.writableLength);
      this.fail(TOO_SLOW);
    } else raw.write(text);
  }

  async drained(): Promise<void> {
    const { raw, limits } = this.#parts;
    if (this.signal.aborted || raw.writableLength < limits.queueBytesMax / 4) return;
    const left = new Promise<true>((resolve) => {
      const done = (): void => {
        resolve(true);
      };
      raw.once('drain', done);
      this.signal.addEventListener('abort', done, { once: true });
    });
    if ((await waitAtMost(limits.drainTimeoutMs, left)) === undefined) this.#finish('');
  }

  end(): void {
    if (!this.#parts.raw.writableEnded) this.#finish('');
  }

  /** Ends with the reason, for the reader. */
  fail(why: string): void {
    const { raw, kind } = this.#parts;
    if (!raw.writableEnded) this.#finish(kind.toError(why));
  }

  /** Nothing follows. A reader that does not take the rest is cut off. */
  #finish(last: string): void {
    const { raw, ended } = this.#parts;
    ended.abort();
    raw.end(last);
    const timer = setTimeout(() => raw.destroy(), DROP_GRACE_MS);
    raw.once('close', () => {
      clearTimeout(timer);
    });
  }
}

/** True when the client asks for a stream of events rather than for one answer. */
export function wantsEventStream({ headers: { accept = '' } }: FastifyRequest): boolean {
  return /\btext\/event-stream\b/i.test(accept);
}
