// A bare `ws` server: sends a text to all of its clients, and says when it began.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { epochMs, SendOrder } from '../latency.ts';
import type { Sent } from '../latency.ts';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/api/ws' });
server.on('connection', (socket) => {
  socket.on('message', () => {
    socket.send(JSON.stringify({ type: 'ack' }));
  });
});
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

process.on('message', (message) => {
  void send(SendOrder.parse(message)).then((sent) => process.send?.({ url: `ws://127.0.0.1:${String(port)}/api/ws`, sent }));
});

async function send({ tokens, everyMs }: SendOrder): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  for (const token of tokens) {
    sent.push({ token, atMs: epochMs() });
    const text = Buffer.from(textOf(token));
    for (const client of server.clients) client.send(text, { binary: false });
    await delay(everyMs);
  }
  return sent;
}

/** As long as our own event of the same kind. */
function textOf(token: string): string {
  const common = { timestamp: new Date().toISOString(), projectId: 'default' };
  const data = { targetId: crypto.randomUUID(), targetName: 'bench', reason: token, type: 'target:disabled', ...common };
  return JSON.stringify({ type: 'event', id: 1, topic: 'targets', event: 'target:disabled', data, ...common });
}
