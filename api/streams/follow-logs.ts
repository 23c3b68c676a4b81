import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LogTail } from '../../src/domain/agents/log-tail.ts';
import { WeftError } from '../../src/domain/errors.ts';
import { isSettled } from '../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { LogEntry } from '../../src/ports/log-reader.ts';
import type { ApiDeps } from '../deps.ts';
import { EVENT_STREAM, TEXT_STREAM } from './event-stream.ts';
import type { OpenStream } from './event-stream.ts';
import type { StreamDeps } from './stream-events.ts';

export interface LogWish {
  readonly item: WorkItem;
  readonly tail: number;
  readonly asText: boolean;
  /** Resume after this entry; absent = begin with the tail. */
  readonly after: number | undefined;
}

const POLL_MS = 300;

/**
 * Streams the log until the item has ended and nothing more comes, or the reader leaves. Begins with 503 while NATS is away;
 * when it goes away later, the reader waits with us.
 */
export async function followLogs(
  deps: ApiDeps & StreamDeps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { item, tail, asText, after }: LogWish,
): Promise<void> {
  const range = { projectId: item.projectId, workId: item.id };
  const first = new LogTail<LogEntry>(tail);
  if (!deps.bus.isConnected()) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; the log cannot be read.');
  let position = after ?? (await deps.logs.read({ ...range, after: 0 }, first.add.bind(first), request.signal));
  const stream = deps.streams.open(request, reply, { kind: asText ? TEXT_STREAM : EVENT_STREAM, projects: [item.projectId] });
  const write = async (entry: LogEntry): Promise<void> => {
    stream.write(asText ? toPlainText(entry) : toEvent(entry));
    await stream.drained();
  };
  for (const entry of first.entries()) await write(entry);
  for (;;) {
    // Asked before the log is read: what an agent printed was sent before its item could end.
    const settled = await settledStatus(deps, item);
    const before = position;
    position = await deps.logs.read({ ...range, after: position }, write, stream.signal).catch(() => before);
    if (stream.signal.aborted) return;
    if (settled !== null && position === before) {
      endWith(stream, settled, asText);
      return;
    }
    await delay(POLL_MS, undefined, { signal: stream.signal }).catch(() => undefined);
  }
}

/** The outcome of an item that has ended; null while it has not, or while nobody knows. */
async function settledStatus({ work }: ApiDeps, { id }: WorkItem): Promise<string | null> {
  const item = await work.find(id).catch(() => null);
  return item !== null && isSettled(item.phase) ? item.status : null;
}

function endWith(stream: OpenStream, status: string, asText: boolean): void {
  if (!asText) stream.write(`event: end\ndata: ${JSON.stringify({ status })}\n\n`);
  stream.end();
}

function toEvent({ id, chunk }: LogEntry): string {
  const { sentAt, guid, fence, lines, linesDropped } = chunk;
  return `id: ${String(id)}\nevent: log\ndata: ${JSON.stringify({ at: sentAt, agentGuid: guid, fence, lines, linesDropped })}\n\n`;
}

export function toPlainText({ chunk: { lines, linesDropped } }: LogEntry): string {
  const dropped = linesDropped === 0 ? '' : `... ${String(linesDropped)} lines were left out\n`;
  return dropped + lines.map(({ text }) => `${text}\n`).join('');
}
