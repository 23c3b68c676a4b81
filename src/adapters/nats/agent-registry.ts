import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { ProjectId } from '../../domain/ids.ts';
import { REGISTRY_BUCKET } from '../../domain/subjects.ts';
import type { AgentRegistry } from '../../ports/agent-registry.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { ensureStreams, JETSTREAM_TIMEOUT_MS } from './ensure-streams.ts';
import { RegistryCache } from './registry-cache.ts';
import { waitAtMost } from './wait-at-most.ts';

const STREAM = `KV_${REGISTRY_BUCKET}`;
const KEY_PREFIX = `$KV.${REGISTRY_BUCKET}.`;
// One long poll. The server shows that it is alive every two seconds of it; two misses end it.
const POLL_MS = 10_000;
const POLL_HEARTBEAT_MS = 2000;
const BATCH_MAX = 1000;
const RESTART_WAIT_MS = 500;
// The server forgets our consumer when we are gone for this long.
const CONSUMER_FORGOTTEN_AFTER_MS = 60_000;
// As long as the slowest agents take to say again that they live, and half of that once more.
const GRACE_AFTER_DEAFNESS_MS = 90_000;

export interface WatchedRegistry extends AgentRegistry {
  /** Stops watching; what it knew can still be asked for. */
  readonly close: () => Promise<void>;
}

/** Begins to watch the registry at once, and goes on until it is closed, whatever happens to the server and its disk. */
export function watchAgentRegistry(nats: NatsConnectionHandle, { defaultProjectId }: { defaultProjectId: ProjectId }): WatchedRegistry {
  const cache = new RegistryCache(defaultProjectId);
  const closing = new AbortController();
  const listening = new Listening();
  const watched = watch(nats, { cache, listening, closing: closing.signal });
  return {
    list: () => cache.list(listening.nowMs()),
    find: (guid) => cache.find(guid, listening.nowMs()),
    whenRead: (timeoutMs) => (cache.wasRead ? Promise.resolve(true) : waitAtMost(cache.firstRead, timeoutMs)),
    nowMs: () => listening.nowMs(),
    listeningSinceMs: () => listening.sinceMs,
    whenChanged: (timeoutMs, signal) => cache.whenChanged(timeoutMs, signal),
    close: async () => {
      closing.abort();
      await watched;
    },
  };
}

/** Deaf → listening → deaf …; `#stoppedAtMs` is when the clock of silence stopped, null while it has always run. */
class Listening {
  sinceMs: number | null = null;
  #stoppedAtMs: number | null = null;

  begin(): void {
    this.sinceMs = performance.now();
  }

  end(): void {
    if (this.sinceMs === null) return;
    // A second break within the grace leaves the clock where the first one stopped it.
    if (this.#stoppedAtMs === null || !this.#inGrace()) this.#stoppedAtMs = Date.now();
    this.sinceMs = null;
  }

  nowMs(): number {
    if (this.#stoppedAtMs === null) return Date.now();
    return this.sinceMs === null || this.#inGrace() ? this.#stoppedAtMs : Date.now();
  }

  #inGrace(): boolean {
    return this.sinceMs !== null && performance.now() - this.sinceMs < GRACE_AFTER_DEAFNESS_MS;
  }
}

interface Watch {
  readonly cache: RegistryCache;
  readonly listening: Listening;
  readonly closing: AbortSignal;
}

async function watch(nats: NatsConnectionHandle, { cache, listening, closing }: Watch): Promise<void> {
  let told = false;
  while (!closing.aborted) {
    try {
      const link = await nats.whenConnected(closing);
      await ensureStreams(nats);
      const { consumer, pending } = await openConsumer(link);
      cache.beginReading(pending);
      listening.begin();
      told = false;
      await read(consumer, cache, AbortSignal.any([closing, link.lost]));
    } catch (error) {
      if (!isAborted(closing) && !told) nats.logger.warn({ err: error }, 'reading the agent registry starts over');
      told = true;
    }
    listening.end();
    await delay(RESTART_WAIT_MS, undefined, { signal: closing }).catch(() => undefined);
  }
}

/** A consumer of our own that begins with the last value of every key; nothing is acknowledged. */
async function openConsumer(link: NatsLink): Promise<{ consumer: Consumer; pending: number }> {
  const manager = await jetstreamManager(link.connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
  const info = await manager.consumers.add(STREAM, {
    filter_subject: `${KEY_PREFIX}>`,
    deliver_policy: DeliverPolicy.LastPerSubject,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(CONSUMER_FORGOTTEN_AFTER_MS),
  });
  const consumer = await jetstream(link.connection, { timeout: JETSTREAM_TIMEOUT_MS }).consumers.get(STREAM, info.name);
  return { consumer, pending: info.num_pending };
}

/** Until `end`; throws when the consumer is gone, because the bucket was removed or the server lost it. */
async function read(consumer: Consumer, cache: RegistryCache, end: AbortSignal): Promise<void> {
  while (!isAborted(end)) {
    const messages = await consumer.fetch({ max_messages: BATCH_MAX, expires: POLL_MS, idle_heartbeat: POLL_HEARTBEAT_MS });
    const stop = (): void => {
      messages.stop();
    };
    end.addEventListener('abort', stop, { once: true });
    try {
      if (isAborted(end)) stop();
      for await (const message of messages) take(cache, message);
    } finally {
      end.removeEventListener('abort', stop);
    }
  }
}

function take(cache: RegistryCache, message: JsMsg): void {
  const key = message.subject.slice(KEY_PREFIX.length);
  const isRemoval = (message.headers?.get('KV-Operation') ?? '') !== '' || (message.headers?.get('Nats-Marker-Reason') ?? '') !== '';
  const storedAtMs = Math.floor(message.info.timestampNanos / 1_000_000);
  if (isRemoval) cache.remove(key);
  else cache.put({ key, value: message.data, storedAtMs, revision: message.seq });
  if (message.info.pending === 0) cache.endReading();
}

/** Asked as a question, because the compiler takes a property that it has seen for settled. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
