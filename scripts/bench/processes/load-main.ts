// Makes HTTP requests with as little work for each as can be, so that the server is what is measured: HTTP/1.1 on plain sockets,
// no pipelining, answers with a Content-Length.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { LoadOrder } from '../load.ts';
import type { LoadResult } from '../load.ts';
import { median } from '../row.ts';

const HEAD_END = Buffer.from('\r\n\r\n');

process.on('message', (message) => {
  void run(LoadOrder.parse(message)).then((result) => process.send?.(result));
});

async function run(order: LoadOrder): Promise<LoadResult> {
  const messages = order.paths.map((path) => toMessage(order, path));
  const { hostname, port } = new URL(order.origin);
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(hostname, Number(port))));
  const latencies: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  await Promise.all(
    sockets.map(async (socket) => {
      const reader = answersOf(socket);
      while (sent < order.requests) {
        const message = messages[sent++ % messages.length] ?? Buffer.alloc(0);
        const sentAt = performance.now();
        const answered = reader.next();
        socket.write(message);
        await answered;
        latencies.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const socket of sockets) socket.destroy();
  return { seconds, medianMs: median(latencies) };
}

function toMessage({ origin, method, body }: LoadOrder, path: string): Buffer {
  const head = [`${method} ${path} HTTP/1.1`, `host: ${new URL(origin).host}`];
  if (body !== undefined) head.push('content-type: application/json', `content-length: ${String(Buffer.byteLength(body))}`);
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

async function open(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** `next()` resolves when one whole answer has come; there is never more than one under way. */
function answersOf(socket: Socket): { next: () => Promise<void> } {
  let received: Buffer = Buffer.alloc(0);
  let wanted = Number.POSITIVE_INFINITY;
  let done: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    if (wanted === Number.POSITIVE_INFINITY) wanted = lengthOf(received);
    if (received.length < wanted) return;
    received = Buffer.alloc(0);
    wanted = Number.POSITIVE_INFINITY;
    done();
  });
  socket.on('error', fail);
  return {
    next: () =>
      new Promise((resolve) => {
        done = resolve;
      }),
  };
}

/** Of the whole answer; infinite while its head is not there. */
function lengthOf(received: Buffer): number {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return Number.POSITIVE_INFINITY;
  const head = received.toString('latin1', 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (!head.startsWith('HTTP/1.1 2') || length === undefined) fail(new Error(`not the answer that is measured: ${received.toString()}`));
  return end + HEAD_END.length + Number(length);
}

function fail(error: Error): void {
  console.error(error.message);
  process.exit(1);
}
