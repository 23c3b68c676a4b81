// WebSocket clients that note when each event has come.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { epochMs, ListenOrder } from '../latency.ts';

const WAIT_MS = 30_000;
const OPENED_AT_ONCE = 50;
const TOKEN = /"reason":"(bench-[^"]+)"/;

let sockets: WebSocket[] = [];
const arrivals = new Map<string, number[]>();
let onArrival: () => void = () => undefined;

process.on('message', (message) => {
  const order = ListenOrder.parse(message);
  void (order.kind === 'connect' ? connect(order) : collect(order)).then((answer) => process.send?.(answer));
});

async function connect({ url, clients }: { url: string; clients: number }): Promise<object> {
  for (const socket of sockets) socket.terminate();
  arrivals.clear();
  sockets = [];
  while (sockets.length < clients) {
    const more = Math.min(OPENED_AT_ONCE, clients - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: more }, () => open(url)))));
  }
  return {};
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'subscribe', topic: 'targets' }));
  await once(socket, 'message');
  socket.on('message', (data: Buffer) => {
    const atMs = epochMs();
    const token = TOKEN.exec(data.toString())?.[1];
    if (token === undefined) return;
    const known = arrivals.get(token);
    if (known === undefined) arrivals.set(token, [atMs]);
    else known.push(atMs);
    onArrival();
  });
  return socket;
}

async function collect({ tokens }: { tokens: readonly string[] }): Promise<object> {
  const hasAll = (): boolean => tokens.every((token) => arrivals.get(token)?.length === sockets.length);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('not every client has received every event'));
    }, WAIT_MS);
    onArrival = () => {
      if (!hasAll()) return;
      clearTimeout(timer);
      resolve();
    };
    onArrival();
  });
  onArrival = () => undefined;
  return { arrivals: tokens.map((token) => ({ token, atMs: arrivals.get(token) ?? [] })) };
}
