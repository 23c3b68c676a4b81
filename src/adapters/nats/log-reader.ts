import { AckPolicy, DeliverPolicy, jetstream, JetStreamApiCodes, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { LogChunk } from '../../domain/agents/log-chunk.ts';
import { WeftError } from '../../domain/errors.ts';
import { logSubject, STREAMS } from '../../domain/subjects.ts';
import type { LogEntry, LogOf, LogRange, LogRead, LogReader } from '../../ports/log-reader.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { JETSTREAM_TIMEOUT_MS, orMissing } from './ensure-streams.ts';
import { parseMessage } from './parse-message.ts';
import { whenAborted } from './when-aborted.ts';

const FETCH_MAX = 500;
const FETCH_EXPIRES_MS = 2000;
// Of a consumer that only counts, in case its deletion is lost.
const COUNTER_LIVES_MS = 5000;
const WIDEN = 4;

/** Reads one item's subject of the stream of logs; a reader that is up to date costs one small request. */
export function createLogReader(nats: NatsConnectionHandle): LogReader {
  return {
    read: async (range, onEntry, signal) => {
      const link = nats.link();
      if (link === null) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; the log cannot be read.');
      try {
        return await read(link, { range, onEntry, signal });
      } catch (error) {
        throw new WeftError('BUS_UNAVAILABLE', 'The log could not be read from NATS.', { cause: error });
      }
    },
    watch: async (log, onNews, signal) => {
      while (!signal.aborted) {
        const link = await nats.whenConnected(signal).catch(() => null);
        if (link !== null) await watchLink(link, { log, onNews, signal });
      }
    },
  };
}

interface Reading {
  readonly range: LogRange;
  readonly onEntry: (entry: LogEntry) => void | Promise<void>;
  readonly signal: AbortSignal;
}

async function read(link: NatsLink, { range, onEntry, signal }: Reading): Promise<LogRead> {
  const manager = await jetstreamManager(link.connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
  const subject = logSubject(range.projectId, range.workId);
  const last = await orMissing(manager.streams.getMessage(STREAMS.logs, { last_by_subj: subject }), JetStreamApiCodes.StreamNotFound);
  const end = last?.seq ?? 0;
  const begin = range.after > end ? 0 : range.after;
  let position = range.newest === undefined || end === 0 ? begin : await findNewest(manager, { subject, begin, end, newest: range.newest });
  const isWhole = position === begin;
  while (!signal.aborted && position < end) {
    const reached = await readBatch(link, { subject, position, onEntry });
    // What was there a moment ago has been discarded.
    if (reached === position) break;
    position = reached;
  }
  return { position, isWhole };
}

interface Newest {
  readonly subject: string;
  readonly begin: number;
  readonly end: number;
  readonly newest: number;
}

/** A position after which there are at least `newest` entries, and not many more: looks ever further back from the end. */
async function findNewest(manager: JetStreamManager, { subject, begin, end, newest }: Newest): Promise<number> {
  for (let width = newest; end - width > begin; width *= WIDEN) {
    if ((await countAfter(manager, subject, end - width)) >= newest) return end - width;
  }
  return begin;
}

/** How many messages of a subject stand behind a position: what a consumer that begins there has before it. */
async function countAfter(manager: JetStreamManager, subject: string, position: number): Promise<number> {
  const { name, num_pending: count } = await manager.consumers.add(STREAMS.logs, {
    filter_subject: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: position + 1,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(COUNTER_LIVES_MS),
    mem_storage: true,
    num_replicas: 1,
  });
  await manager.consumers.delete(STREAMS.logs, name).catch(() => undefined);
  return count;
}

async function watchLink({ connection, lost }: NatsLink, { log, onNews, signal }: { log: LogOf; onNews: () => void; signal: AbortSignal }): Promise<void> {
  const subscription = connection.subscribe(logSubject(log.projectId, log.workId), { callback: onNews });
  await whenAborted(AbortSignal.any([signal, lost]));
  subscription.unsubscribe();
}

/** A consumer for a moment: messages by the hundred instead of one request each. */
async function readBatch(link: NatsLink, { subject, position, onEntry }: { subject: string; position: number; onEntry: Reading['onEntry'] }): Promise<number> {
  const consumer = await jetstream(link.connection, { timeout: JETSTREAM_TIMEOUT_MS }).consumers.get(STREAMS.logs, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: position + 1,
  });
  let last = position;
  try {
    const messages = await consumer.fetch({ max_messages: FETCH_MAX, expires: FETCH_EXPIRES_MS });
    for await (const message of messages) {
      last = message.seq;
      const chunk = parseMessage(LogChunk, message.data);
      // Whoever may publish here may publish nonsense; it is no output.
      if (chunk !== null) await onEntry({ id: message.seq, chunk });
      if (message.info.pending === 0) break;
    }
  } finally {
    await consumer.delete().catch(() => undefined);
  }
  return last;
}
