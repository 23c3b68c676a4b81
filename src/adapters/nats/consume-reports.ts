import { setTimeout as delay } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import type { Consumer } from '@nats-io/jetstream';
import { REPORTS_CONSUMER, STREAMS } from '../../domain/subjects.ts';
import type { AgentInbox } from '../../ports/agent-inbox.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { ACK_WAIT_MS, ensureStreams, JETSTREAM_TIMEOUT_MS } from './ensure-streams.ts';
import { ReportLanes } from './report-lanes.ts';

/** Since when the consumer delivers without a break; null while it does not. */
export interface ReadingSince {
  sinceMs: number | null;
}

// One long poll. The server shows that it is alive every two seconds of it; two misses end it.
const POLL_MS = 10_000;
const POLL_HEARTBEAT_MS = 2000;
const RESTART_WAIT_MS = 500;
const KEEP_ALIVE_MS = ACK_WAIT_MS / 3;
const FINISH_TIMEOUT_MS = 10_000;

/**
 * Reads until `signal` aborts. Whatever goes wrong (NATS restarts, its disk is lost, somebody deletes the consumer), it starts
 * over: wait for the connection, create what is missing, read.
 */
export function createReportReader(nats: NatsConnectionHandle, reading: ReadingSince): AgentInbox['consumeReports'] {
  return async (onReport, { concurrency, signal }) => {
    const lanes = new ReportLanes({ onReport, concurrency, logger: nats.logger });
    const keepAlive = setInterval(() => {
      lanes.keepAlive();
    }, KEEP_ALIVE_MS);
    while (!signal.aborted) {
      try {
        await readWhileConnected(await nats.whenConnected(signal));
      } catch (error) {
        if (!isAborted(signal)) nats.logger.warn({ err: error }, 'reading reports starts over');
      }
      reading.sinceMs = null;
      await delay(RESTART_WAIT_MS, undefined, { signal }).catch(() => undefined);
    }
    await lanes.finish(FINISH_TIMEOUT_MS);
    clearInterval(keepAlive);

    async function readWhileConnected(link: NatsLink): Promise<void> {
      await ensureStreams(nats);
      const consumer = await jetstream(link.connection, { timeout: JETSTREAM_TIMEOUT_MS }).consumers.get(STREAMS.reports, REPORTS_CONSUMER);
      reading.sinceMs = performance.now();
      await read(consumer, { lanes, lost: link.lost, end: AbortSignal.any([signal, link.lost]) });
    }
  };
}

/** Asks for as many as there is room for: what is delivered is then in work at once, and never waits here unseen. */
async function read(consumer: Consumer, { lanes, lost, end }: { lanes: ReportLanes; lost: AbortSignal; end: AbortSignal }): Promise<void> {
  for (;;) {
    await lanes.room(end);
    if (isAborted(end)) return;
    const messages = await consumer.fetch({ max_messages: lanes.free(), expires: POLL_MS, idle_heartbeat: POLL_HEARTBEAT_MS });
    const stop = (): void => {
      messages.stop();
    };
    end.addEventListener('abort', stop, { once: true });
    try {
      if (isAborted(end)) stop();
      for await (const message of messages) lanes.add(message, lost);
    } finally {
      end.removeEventListener('abort', stop);
    }
  }
}

/** Asked as a question, because the compiler takes a property that it has seen for settled. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
