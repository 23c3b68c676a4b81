import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { dialNats } from '../src/adapters/nats/dial.ts';
import type { NatsServers } from '../src/domain/nats-servers.ts';
import { REGISTRY_BUCKET } from '../src/domain/subjects.ts';
import type { RunnerBus } from './bus.ts';
import { waitAtMost } from './wait-at-most.ts';

const RECONNECT_WAIT_MS = 500;
// Two unanswered pings: a server that hangs is noticed in 20 to 30 s.
const PING_INTERVAL_MS = 10_000;
const ACK_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 2000;

/** Connects under `name`, trying again for `timeoutMs`; throws when it never could. Afterwards it reconnects for ever. */
export async function connectNatsBus(servers: NatsServers, name: string, timeoutMs: number): Promise<RunnerBus> {
  const connecting = dialNats(servers, {
    name,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_WAIT_MS,
    // A server whose accounts are being reloaded refuses everybody for a moment.
    ignoreAuthErrorAbort: true,
    pingInterval: PING_INTERVAL_MS,
    timeout: ACK_TIMEOUT_MS,
  });
  if (!(await waitAtMost(connecting, timeoutMs))) throw new Error(`could not connect to NATS at ${servers.urls.join(', ')} within ${String(timeoutMs)} ms`);
  return busOn(await connecting);
}

function busOn(connection: NatsConnection): RunnerBus {
  const link = watchLink(connection);
  const streams = jetstream(connection, { timeout: ACK_TIMEOUT_MS });
  let bucket: KV | null = null;

  async function putRegistryEntry(key: string, value: string): Promise<void> {
    assertConnected(link.isConnected());
    try {
      bucket ??= await new Kvm(streams).create(REGISTRY_BUCKET, { history: 1 });
      await bucket.put(key, value);
    } catch (error) {
      bucket = null; // perhaps lost with the server's disk: create it again next time
      throw error;
    }
  }

  return {
    isConnected: link.isConnected,
    publish: (subject, body) => {
      // The client would keep it in memory until it reconnects, and then most of it is no longer true.
      if (!link.isConnected()) return;
      try {
        connection.publish(subject, body);
      } catch {
        // Larger than the server takes, or the connection is being closed; what is sent this way may be lost.
      }
    },
    publishDurably: async (subject, body, messageId) => {
      assertConnected(link.isConnected());
      await streams.publish(subject, body, messageId === null ? {} : { msgID: messageId });
    },
    putRegistryEntry,
    answerRequests: (subject, answer) => {
      connection.subscribe(subject, {
        callback: (error, message) => {
          if (error !== null) return;
          void respond(message, answer);
        },
      });
    },
    onReconnect: link.onReconnect,
    close: async () => {
      await waitAtMost(
        connection.drain().catch(() => undefined),
        CLOSE_TIMEOUT_MS,
      );
    },
  };
}

async function respond(message: Msg, answer: (body: Uint8Array) => Promise<string>): Promise<void> {
  const reply = await answer(message.data);
  try {
    message.respond(reply);
  } catch {
    // We have disconnected since; whoever asked sees no answer.
  }
}

function watchLink(connection: NatsConnection): Pick<RunnerBus, 'isConnected' | 'onReconnect'> {
  let connected = true;
  const listeners: (() => void)[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect' || status.type === 'close') connected = false;
      if (status.type !== 'reconnect') continue;
      connected = true;
      listeners.forEach((listener) => {
        listener();
      });
    }
  })();
  return { isConnected: () => connected && !connection.isClosed(), onReconnect: (listener) => void listeners.push(listener) };
}

function assertConnected(connected: boolean): void {
  if (!connected) throw new Error('NATS is away');
}
