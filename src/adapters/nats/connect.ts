import { setTimeout as delay } from 'node:timers/promises';
import { errors } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { parseNatsServers } from '../../domain/nats-servers.ts';
import type { NatsServers } from '../../domain/nats-servers.ts';
import { dialNats } from './dial.ts';
import { waitAtMost } from './wait-at-most.ts';

export interface NatsOptions {
  /** As `NATS_URL`, `NATS_USER`, `NATS_PASS` and `NATS_CA`. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  readonly ca?: string | undefined;
  /** Name of the connection, for the server's operator. */
  readonly name: string;
  readonly logger: Logger;
}

/** One stretch of time without a break in the connection. */
export interface NatsLink {
  readonly connection: NatsConnection;
  /** On the clock of `performance.now()`. */
  readonly sinceMs: number;
  /** Aborted when this stretch ends. */
  readonly lost: AbortSignal;
}

/** A connection to NATS that is kept up for ever. What the adapters of this folder are made from. */
export interface NatsConnectionHandle {
  readonly logger: Logger;
  /** The stretch that lasts now; null while NATS is away. */
  readonly link: () => NatsLink | null;
  /** Waits for a connection; rejects when `signal` aborts. */
  readonly whenConnected: (signal: AbortSignal) => Promise<NatsLink>;
  /** Lets what is under way leave, bounded, and disconnects for good. */
  readonly close: () => Promise<void>;
}

const RECONNECT_WAIT_MS = 2000;
const CONNECT_TIMEOUT_MS = 3000;
// Two unanswered pings: a server that hangs is noticed within 15 s.
const PING_INTERVAL_MS = 5000;
const PINGS_UNANSWERED_MAX = 2;
const CLOSE_TIMEOUT_MS = 2000;

const CLIENT_OPTIONS = {
  timeout: CONNECT_TIMEOUT_MS,
  reconnect: true,
  maxReconnectAttempts: -1,
  reconnectTimeWait: RECONNECT_WAIT_MS,
  // A server whose accounts are being reloaded refuses everybody for a moment.
  ignoreAuthErrorAbort: true,
  pingInterval: PING_INTERVAL_MS,
  maxPingOut: PINGS_UNANSWERED_MAX,
} as const;

/**
 * Tries once and then goes on in the background: the handle is usable at once, and says that NATS is away until it is there.
 * Throws at once when the address is not one.
 */
export async function connectNats(options: NatsOptions): Promise<NatsConnectionHandle> {
  const keeper = new LinkKeeper(serversOf(options), options);
  await keeper.firstTry;
  return {
    logger: options.logger,
    link: () => keeper.link,
    whenConnected: (signal) => keeper.whenConnected(signal),
    close: () => keeper.close(),
  };
}

/** Connects once, for a person who has just said where NATS is. Throws a sentence when no server answers, or it refuses us. */
export async function expectNats(options: Omit<NatsOptions, 'logger'>): Promise<void> {
  const servers = serversOf(options);
  try {
    const connection = await dialNats(servers, { name: options.name, timeout: CONNECT_TIMEOUT_MS, reconnect: false });
    await connection.close();
  } catch (cause) {
    const problem =
      cause instanceof errors.AuthorizationError ? 'refuses these credentials. Check NATS_USER and NATS_PASS' : 'cannot be reached. Check NATS_URL and NATS_CA';
    throw new Error(`The NATS server at ${servers.urls.join(', ')} ${problem}, or what NATS_URL says of them.`, { cause });
  }
}

/** `#current` is the stretch that lasts, or null; `#connection` survives breaks, because the client reconnects by itself. */
class LinkKeeper {
  readonly firstTry: Promise<void>;
  readonly #servers: NatsServers;
  readonly #options: NatsOptions;
  readonly #closing = new AbortController();
  readonly #kept: Promise<void>;
  readonly #waiting = new Set<(link: NatsLink) => void>();
  #connection: NatsConnection | null = null;
  #current: { readonly link: NatsLink; readonly end: () => void } | null = null;

  constructor(servers: NatsServers, options: NatsOptions) {
    this.#servers = servers;
    this.#options = options;
    let tried: () => void = () => undefined;
    this.firstTry = new Promise((resolve) => {
      tried = resolve;
    });
    this.#kept = this.#keep(tried);
  }

  get link(): NatsLink | null {
    return this.#current?.link ?? null;
  }

  async whenConnected(signal: AbortSignal): Promise<NatsLink> {
    signal.throwIfAborted();
    if (this.#current !== null) return this.#current.link;
    return new Promise((resolve, reject) => {
      const give = (link: NatsLink): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(link);
      };
      const giveUp = (): void => {
        this.#waiting.delete(give);
        reject(new Error('no longer waiting for NATS', { cause: signal.reason }));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(give);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const connection = this.#connection;
    const wasUp = this.#current !== null;
    this.#end(); // nobody begins anything new on it
    // A drain of a connection that is down would wait for the server.
    if (connection !== null && wasUp) await waitAtMost(connection.drain(), CLOSE_TIMEOUT_MS);
    if (connection !== null && !connection.isClosed()) await waitAtMost(connection.close(), CLOSE_TIMEOUT_MS);
    await this.#kept;
  }

  async #keep(tried: () => void): Promise<void> {
    const { logger } = this.#options;
    let told = false;
    while (!this.#closing.signal.aborted) {
      try {
        this.#connection = await dialNats(this.#servers, { ...CLIENT_OPTIONS, name: this.#options.name });
        tried();
        told = false;
        await this.#follow(this.#connection);
      } catch (error) {
        if (!told) logger.warn({ err: error }, 'NATS is away; trying again until it is there');
        told = true;
        tried();
        await delay(RECONNECT_WAIT_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /** Until the client gives up, which it does only when it is closed. */
  async #follow(connection: NatsConnection): Promise<void> {
    if (this.#closing.signal.aborted) {
      await connection.close();
      return;
    }
    const statuses = connection.status();
    this.#begin(connection);
    for await (const status of statuses) {
      if (status.type === 'disconnect' || status.type === 'close') this.#end();
      if (status.type === 'reconnect') this.#begin(connection);
      if (status.type === 'error') this.#options.logger.warn({ err: status.error }, 'NATS refused something');
    }
    this.#end();
  }

  #begin(connection: NatsConnection): void {
    this.#end();
    if (this.#closing.signal.aborted) return;
    const controller = new AbortController();
    const link = { connection, sinceMs: performance.now(), lost: controller.signal };
    this.#current = {
      link,
      end: () => {
        controller.abort();
      },
    };
    this.#options.logger.info({ server: connection.getServer() }, 'connected to NATS');
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const give of waiting) give(link);
  }

  #end(): void {
    const ended = this.#current;
    this.#current = null;
    if (ended === null) return;
    ended.end();
    if (!this.#closing.signal.aborted) this.#options.logger.warn('the connection to NATS is lost');
  }
}

function serversOf({ url, user, pass, ca }: Omit<NatsOptions, 'logger'>): NatsServers {
  const parsed = parseNatsServers({ NATS_URL: url, NATS_USER: user, NATS_PASS: pass, NATS_CA: ca });
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return parsed.servers;
}
