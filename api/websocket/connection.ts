import type { WebSocket } from '@fastify/websocket';
import type { FastifyBaseLogger } from 'fastify';
import { mayReach } from '../../src/domain/access/actor.ts';
import type { Actor } from '../../src/domain/access/actor.ts';
import { isContractEventName } from '../../src/domain/events/contract-events.ts';
import { namesOf } from '../../src/domain/events/topic.ts';
import type { EventTopic } from '../../src/domain/events/topic.ts';
import { matchesTopicFilter } from '../../src/domain/events/topic-filter.ts';
import type { ProjectId } from '../../src/domain/ids.ts';
import type { EventFeed, FeedEvent } from '../../src/ports/event-feed.ts';
import { waitAtMost } from '../wait-at-most.ts';
import { parseClientMessage } from './client-message.ts';
import type { ClientTopic, SubscribeWish } from './client-message.ts';
import { eventFrameOf, toFrame } from './frames.ts';
import type { ServerMessage } from './frames.ts';
import type { WebSocketLimits } from './limits.ts';

export interface ConnectionDeps {
  readonly feed: EventFeed;
  readonly limits: WebSocketLimits;
  readonly logger: FastifyBaseLogger;
  readonly defaultProjectId: ProjectId;
  /** Sends the figures once, now. */
  readonly onStatsWanted: (connection: Connection) => void;
}

// Codes of RFC 6455.
const TRY_AGAIN_LATER = 1013;
const TOO_SLOW = 'Too slow: more waits to be sent than this client reads. Reconnect, and resume after the last id.';

/**
 * One client. Open until its socket closes; then all its subscriptions end. Everything it is sent goes through `#send`, which
 * drops the client when more waits for it than the limit.
 */
export class Connection {
  readonly #socket: WebSocket;
  readonly #actor: Actor;
  readonly #deps: ConnectionDeps;
  readonly #subscriptions = new Map<ClientTopic, AbortController>();
  #statsOf: ProjectId | null = null;
  #alive = true;

  constructor(socket: WebSocket, actor: Actor, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#actor = actor;
    this.#deps = deps;
    // Before anything is awaited, or the first frame is lost.
    socket.on('message', (data) => {
      this.#alive = true;
      this.#answer(toBuffer(data));
    });
    socket.on('pong', () => (this.#alive = true));
    socket.on('error', (error) => {
      deps.logger.debug({ err: error }, 'a websocket failed');
    });
    socket.on('close', () => {
      this.#endAll();
    });
  }

  /** The project whose figures this client wants; null when it wants none. */
  get statsOf(): ProjectId | null {
    return this.#statsOf;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  send(message: ServerMessage): void {
    this.#send(toFrame(message));
  }

  /** Called at every interval: a peer that has been silent since the last ping is gone. */
  ping(): void {
    if (!this.#alive) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#endAll();
    this.#socket.close(code, reason);
    const timer = setTimeout(() => {
      this.#socket.terminate();
    }, this.#deps.limits.closeGraceMs);
    this.#socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  #answer(bytes: Buffer): void {
    const message = parseClientMessage(bytes);
    switch (message.type) {
      case 'ping':
        this.send({ type: 'pong' });
        return;
      case 'refused':
        this.send({ type: 'error', error: message.error });
        return;
      case 'unsubscribe':
        this.#unsubscribe(message.topic);
        return;
      case 'subscribe':
        this.#subscribe(message.wish).catch((error: unknown) => {
          this.#deps.logger.warn({ err: error }, 'a subscription could not be opened');
          this.send({ type: 'error', error: 'Events cannot be read now; try again' });
        });
    }
  }

  #unsubscribe(topic: ClientTopic): void {
    if (!this.#subscriptions.has(topic)) {
      this.send({ type: 'error', error: `Not subscribed to topic: ${topic}` });
      return;
    }
    this.#end(topic);
    this.send({ type: 'ack', unsubscribed: topic });
  }

  async #subscribe(wish: SubscribeWish): Promise<void> {
    const { topic, projectId, after } = wish;
    const { feed } = this.#deps;
    if (projectId !== undefined && !mayReach(this.#actor, projectId)) {
      this.send({ type: 'error', error: `Unknown project: ${projectId}` });
      return;
    }
    if (after !== undefined && after > feed.head() && !(await feed.isKnown(after))) {
      this.send({ type: 'error', error: `Unknown event id: ${String(after)}` });
      return;
    }
    this.#end(topic);
    const ended = new AbortController();
    this.#subscriptions.set(topic, ended);
    // Where it begins is settled now, so that nothing falls between an old subscription and this one.
    const from = after ?? feed.head();
    this.send({ type: 'ack', subscribed: topic, id: from });
    if (topic === 'stats') this.#followStats(projectId);
    else await this.#follow(topic, { wish, from, signal: ended.signal });
  }

  #followStats(projectId: ProjectId | undefined): void {
    const { projects } = this.#actor;
    const { defaultProjectId } = this.#deps;
    const own = projects === 'all' || projects.includes(defaultProjectId) ? defaultProjectId : projects[0];
    this.#statsOf = projectId ?? own ?? null;
    this.#deps.onStatsWanted(this);
  }

  #follow(topic: EventTopic, { wish, from, signal }: { wish: SubscribeWish; from: number; signal: AbortSignal }): Promise<void> {
    const { filter, projectId, all } = wish;
    const names = namesOf(topic);
    return this.#deps.feed.subscribe({
      selection: {
        projects: projectId === undefined ? this.#actor.projects : [projectId],
        types: all ? names : names.filter(isContractEventName),
      },
      after: from,
      onEvent: (given: FeedEvent) => {
        const { data, bytes } = eventFrameOf(given);
        if (matchesTopicFilter(topic, filter, data)) this.#send(bytes);
      },
      drained: () => this.#drained(signal),
      signal,
    });
  }

  #end(topic: ClientTopic): void {
    this.#subscriptions.get(topic)?.abort();
    this.#subscriptions.delete(topic);
    if (topic === 'stats') this.#statsOf = null;
  }

  #endAll(): void {
    for (const topic of [...this.#subscriptions.keys()]) this.#end(topic);
  }

  #send(frame: Buffer | string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#deps.limits.queueBytesMax) this.#drop();
    else this.#socket.send(frame, { binary: false });
  }

  #drop(): void {
    this.#deps.logger.info({ bytes: this.#socket.bufferedAmount, actor: this.#actor.name }, 'dropped a client that reads too slowly');
    this.#socket.send(toFrame({ type: 'error', error: TOO_SLOW }));
    this.close(TRY_AGAIN_LATER, 'Too slow; resume after the last id');
  }

  /** At once while little waits; else when all that waits now has left, which a ping behind it tells. */
  async #drained(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#socket.bufferedAmount < this.#deps.limits.queueBytesMax / 4) return;
    const left = new Promise<true>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve(true);
        },
        { once: true },
      );
      this.#socket.ping(undefined, false, () => {
        resolve(true);
      });
    });
    if ((await waitAtMost(this.#deps.limits.drainTimeoutMs, left)) === undefined) this.#drop();
  }
}

function toBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
