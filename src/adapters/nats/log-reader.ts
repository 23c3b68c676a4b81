import { DeliverPolicy, jetstream, JetStreamApiCodes, jetstreamManager } from '@nats-io/jetstream';
import { LogChunk } from '../../domain/agents/log-chunk.ts';
import { WeftError } from '../../domain/errors.ts';
import { logSubject, STREAMS } from '../../domain/subjects.ts';
import type { LogEntry, LogRange, LogReader } from '../../ports/log-reader.ts';
import type { NatsConnectionHandle, NatsLink } from './connect.ts';
import { JETSTREAM_TIMEOUT_MS, orMissing } from './ensure-streams.ts';
import { parseMessage } from './parse-message.ts';

const FETCH_MAX = 500;
const FETCH_EXPIRES_MS = 2000;

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
  };
}

interface Reading {
  readonly range: LogRange;
  readonly onEntry: (entry: LogEntry) => void | Promise<void>;
  readonly signal: AbortSignal;
}

async function read(link: NatsLink, { range, onEntry, signal }: Reading): Promise<number> {
  const manager = await jetstreamManager(link.connection, { timeout: JETSTREAM_TIMEOUT_MS, checkAPI: false });
  const subject = logSubject(range.projectId, range.workId);
  const newest = await orMissing(manager.streams.getMessage(STREAMS.logs, { last_by_subj: subject }), JetStreamApiCodes.StreamNotFound);
  const end = newest?.seq ?? 0;
  let position = range.after > end ? 0 : range.after;
  while (!signal.aborted && position < end) {
    const reached = await readBatch(link, { subject, position, onEntry });
    // What was there a moment ago has been discarded.
    if (reached === position) break;
    position = reached;
  }
  return position;
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
