import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WeftError } from '../../src/domain/errors.ts';
import { isSettled } from '../../src/domain/work/work-item.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { LogEntry, LogOf } from '../../src/ports/log-reader.ts';
import type { ApiDeps } from '../deps.ts';
import { Bell } from './bell.ts';
import { EVENT_STREAM, TEXT_STREAM } from './event-stream.ts';
import type { OpenStream } from './event-stream.ts';
import { readLogTail } from './read-log-tail.ts';
import type { StreamDeps } from './stream-events.ts';

export interface LogWish {
  readonly item: WorkItem;
  readonly tail: number;
  readonly asText: boolean;
  /** Resume after this entry; absent = begin with the tail. */
  readonly after: number | undefined;
}

// What is printed within this time is sent together.
const GATHER_MS = 100;
// A net under news that were lost.
const NET_MS = 2000;

/**
 * Streams the log until the item has ended and nothing more comes, or the reader leaves. Begins with 503 while NATS is away;
 * when it goes away later, the reader waits with us.
 */
export async function followLogs(
  deps: ApiDeps & StreamDeps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { item, tail, asText, after }: LogWish,
): Promise<void> {
  if (!deps.bus.isConnected()) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away; the log cannot be read.');
  const past = after === undefined ? await readPast(deps, { item, tail, signal: request.signal }) : { entries: [], position: after };
  const stream = deps.streams.open(request, reply, { kind: asText ? TEXT_STREAM : EVENT_STREAM, projects: [item.projectId] });
  const write = async (entry: LogEntry): Promise<void> => {
    stream.write(asText ? toPlainText(entry) : toEvent(entry));
    await stream.drained();
  };
  for (const entry of past.entries) await write(entry);
  const status = await readOn(deps, { item, stream, write, position: past.position });
  if (status !== null) endWith(stream, status, asText);
}

async function readPast(
  { logs }: ApiDeps,
  { item, tail: linesMax, signal }: { item: WorkItem; tail: number; signal: AbortSignal },
): Promise<{ readonly entries: readonly LogEntry[]; readonly position: number }> {
  const { tail, position } = await readLogTail(logs, toLog(item), { linesMax, signal });
  return { entries: tail.entries(), position };
}

interface Following {
  readonly item: WorkItem;
  readonly stream: OpenStream;
  readonly write: (entry: LogEntry) => Promise<void>;
  readonly position: number;
}

/** Gives what is printed. Returns the item's outcome when it has ended and its log is read, null when the reader has left. */
async function readOn(deps: ApiDeps & StreamDeps, { item, stream, write, position: begin }: Following): Promise<string | null> {
  const news = await listen(deps, item, stream);
  for (let position = begin; !stream.signal.aborted;) {
    // Asked before the log is read: what an agent printed was sent before its item could end.
    const settled = await settledStatus(deps, item);
    const read = await deps.logs.read({ ...toLog(item), after: position }, write, stream.signal).catch(() => ({ position }));
    if (settled !== null && read.position === position) return settled;
    position = read.position;
    if (settled === null) await news.wait(NET_MS);
    await delay(GATHER_MS, undefined, { signal: stream.signal }).catch(() => undefined);
  }
  return null;
}

function toLog({ projectId, id: workId }: WorkItem): LogOf {
  return { projectId, workId };
}

/** Rings when something was printed, or happened to the item. */
async function listen(deps: ApiDeps & StreamDeps, item: WorkItem, { signal }: OpenStream): Promise<Bell> {
  const bell = new Bell(signal);
  void deps.logs.watch(toLog(item), bell.ring, signal);
  await deps.feed.subscribe({
    selection: { projects: [item.projectId], entity: { type: 'work', id: item.id } },
    onEvent: bell.ring,
    drained: () => Promise.resolve(),
    signal,
  });
  return bell;
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
