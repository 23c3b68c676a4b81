import { headers } from '@nats-io/transport-node';
import type { Msg, Subscription } from '@nats-io/transport-node';
import type { BusAnswer, BusRequest, RequestServer, Served } from '../../ports/request-server.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { RequestLanes } from './request-lanes.ts';
import type { LaneLimits } from './request-lanes.ts';
import { waitAtMost } from './wait-at-most.ts';
import { whenAborted } from './when-aborted.ts';

const LIMITS: LaneLimits = { width: 8, waitingMax: 1000, waitingBytesMax: 33_554_432, waitMsMax: 10_000 };
const FINISH_TIMEOUT_MS = 5000;
// What clients use unless told otherwise, and what servers make of it between accounts.
const INBOX = /^_[A-Z]/;
// What stands around the body of a message: subject and headers.
const ENVELOPE_BYTES_MAX = 4096;

/** Requests over core NATS. */
export function createRequestServer(nats: NatsConnectionHandle, limits: LaneLimits = LIMITS): RequestServer {
  let serving = false;
  return {
    serve: async (served, signal) => {
      const lanes = new RequestLanes(limits);
      while (!signal.aborted) {
        const link = await nats.whenConnected(signal).catch(() => null);
        if (link === null) break;
        await serveLink(link, { served, lanes, signal, onServing: (now) => (serving = now) }, nats);
      }
      await lanes.finish(FINISH_TIMEOUT_MS);
    },
    isServing: () => serving,
  };
}

interface Serving {
  readonly served: Served;
  readonly lanes: RequestLanes;
  readonly signal: AbortSignal;
  readonly onServing: (serving: boolean) => void;
}

async function serveLink({ connection, lost }: NatsLink, { served, lanes, signal, onServing }: Serving, nats: NatsConnectionHandle): Promise<void> {
  const end = AbortSignal.any([signal, lost]);
  const subscriptions = served.subjects.map((pattern) =>
    connection.subscribe(pattern, {
      queue: served.queue,
      callback: (error, message) => {
        if (error === null) take(message, pattern);
      },
    }),
  );
  await connection.flush().catch(() => undefined);
  onServing(!isAborted(end));
  await whenAborted(end);
  onServing(false);
  // After a drain nothing more comes, and what had come has been taken.
  await Promise.all(subscriptions.map((subscription) => endSubscription(subscription, lost)));

  function take(message: Msg, pattern: string): void {
    const { subject, reply } = message;
    if (reply === undefined || !INBOX.test(reply)) {
      nats.logger.debug({ subject }, 'dropped a request that nobody waits for');
      return;
    }
    const request = toRequest(message, pattern, (connection.info?.max_payload ?? 0) - ENVELOPE_BYTES_MAX);
    lanes.add({
      bytes: message.data.length,
      run: async () => {
        send(message, await served.answer(request), nats);
      },
      refuse: () => {
        send(message, served.refuse(request), nats);
      },
    });
  }
}

async function endSubscription(subscription: Subscription, lost: AbortSignal): Promise<void> {
  if (lost.aborted) subscription.unsubscribe();
  else await waitAtMost(subscription.drain(), FINISH_TIMEOUT_MS);
}

function toRequest(message: Msg, pattern: string, answerBytesMax: number): BusRequest {
  return {
    pattern,
    subject: message.subject,
    body: message.data,
    header: (name) => (message.headers?.has(name) === true ? message.headers.get(name) : undefined),
    answerBytesMax,
  };
}

function send(message: Msg, answer: BusAnswer, { logger }: NatsConnectionHandle): void {
  try {
    const given = headers();
    for (const [name, value] of Object.entries(answer.headers ?? {})) given.set(name, value);
    message.respond(answer.body, answer.headers === undefined ? {} : { headers: given });
  } catch (error) {
    // Whoever asked sees that no answer comes.
    logger.warn({ err: error, subject: message.subject }, 'an answer could not be sent');
  }
}

/** Asked as a question, because the compiler takes a property that it has seen for settled. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
