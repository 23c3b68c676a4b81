import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP proxy before PostgreSQL that fails on command. */
export interface PostgresProxy {
  readonly url: string;
  /** Bytes stop flowing in both directions; connections stay open. */
  readonly hang: () => void;
  readonly resume: () => void;
  /** The next COMMIT reaches the server, its answer never comes back. */
  readonly cutNextCommit: () => void;
  /** Cuts every connection now. */
  readonly cutAll: () => void;
  readonly close: () => Promise<void>;
}

const COMMIT = Buffer.from('commit\0');

/** Listens on a free port. */
export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const open = new Set<Socket>();
  let hanging = false;
  let cutCommit = false;

  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        (socket === near ? far : near).destroy();
      });
      if (hanging) socket.pause();
    }
    near.on('data', (bytes) => {
      far.write(bytes);
      if (!cutCommit || !bytes.includes(COMMIT)) return;
      cutCommit = false;
      // The server commits, and nobody hears of it.
      far.removeAllListeners('data');
      far.once('data', () => near.destroy());
    });
    far.on('data', (bytes) => near.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`; // a TCP server's address

  const cutAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.href,
    hang: () => {
      hanging = true;
      for (const socket of open) socket.pause();
    },
    resume: () => {
      hanging = false;
      for (const socket of open) socket.resume();
    },
    cutNextCommit: () => {
      cutCommit = true;
    },
    cutAll,
    close: async () => {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
