import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { testServers } from '../../support/servers.ts';

/** A way to the Temporal server that can be closed. */
export interface Proxy {
  readonly address: string;
  /** How many connections there are. */
  readonly connections: () => number;
  /** Ends them, and takes no more. */
  readonly close: () => Promise<void>;
}

export async function openProxy(): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const [host = '', port = ''] = testServers().temporalAddress.split(':');
  const server = createServer((socket) => {
    const upstream = connect(Number(port), host);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      upstream.destroy();
    });
    for (const end of [socket, upstream]) end.on('error', () => undefined);
    socket.pipe(upstream).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`, // it listens on TCP
    connections: () => sockets.size,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
