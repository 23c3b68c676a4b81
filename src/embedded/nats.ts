import { connect } from 'node:net';
import type { ProcessSpec } from './process-spec.ts';

const PROBE_TIMEOUT_MS = 1000;

/** nats-server with JetStream, on loopback, its store in `dataDir`. */
export function natsServer(options: { binary: string; dataDir: string; logFile: string; port: number; env: Readonly<Record<string, string>> }): ProcessSpec {
  return {
    name: 'nats',
    argv: [options.binary, '--addr', '127.0.0.1', '--port', String(options.port), '--jetstream', '--store_dir', options.dataDir, '--name', 'weft'],
    env: options.env,
    logFile: options.logFile,
    ready: () => greets(options.port),
    readyTimeoutMs: 30_000,
    stop: { signal: 'SIGTERM', graceMs: 5000 },
  };
}

/** NATS speaks first, once JetStream is up: a line that begins with INFO. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: PROBE_TIMEOUT_MS });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => {
      finish(data.toString('latin1').startsWith('INFO'));
    });
    for (const event of ['error', 'timeout', 'close'] as const) {
      socket.once(event, () => {
        finish(false);
      });
    }
  });
}
