import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { connect, wsconnect } from '@nats-io/transport-node';
import type { ConnectionOptions, NatsConnection, TlsOptions, WsConnectionOptions } from '@nats-io/transport-node';
import WebSocket from 'ws';
import type { NatsServers } from '../../domain/nats-servers.ts';

// A server packs what is ready into one frame; this is what it keeps for a slow client at most.
const FRAME_BYTES_MAX = 67_108_864;

/**
 * Connects to the servers by their own transport. Where encryption is asked for there is no connection without it, nor one to a server
 * whose certificate is not for the name that was given; a reconnect is no exception.
 * The client keeps one transport for the whole process: do not dial servers of both kinds in one process.
 */
export async function dialNats(servers: NatsServers, options: Omit<ConnectionOptions, 'servers' | 'user' | 'pass' | 'tls'>): Promise<NatsConnection> {
  const common = {
    ...options,
    servers: [...servers.urls],
    // Else the client takes a stack trace of each request, in case it fails.
    noAsyncTraces: true,
    ...(servers.user === undefined ? {} : { user: servers.user }),
    ...(servers.password === undefined ? {} : { pass: servers.password }),
  };
  if (servers.transport === 'tcp') return connect({ ...common, ...(servers.isEncrypted ? { tls: tlsOf(servers) } : {}) });
  return wsconnect({ ...common, wsFactory: webSocketsTo(servers, options.timeout) });
}

function tlsOf({ ca, hosts }: NatsServers): TlsOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    // Given an address instead of a name, the client has the certificate checked for "localhost".
    ...{
      checkServerIdentity: (name: string, certificate: PeerCertificate) => {
        const problems = hosts.map((host) => checkServerIdentity(host, certificate));
        return problems.includes(undefined) ? undefined : (problems[0] ?? checkServerIdentity(name, certificate));
      },
    },
  };
}

function webSocketsTo({ ca, isEncrypted }: NatsServers, handshakeTimeout?: number): NonNullable<WsConnectionOptions['wsFactory']> {
  return (url) => {
    const encrypted = url.startsWith('wss://');
    // A cluster tells of its other servers.
    if (isEncrypted && !encrypted) throw new Error('a NATS server without encryption was refused');
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: FRAME_BYTES_MAX,
      ...(handshakeTimeout === undefined ? {} : { handshakeTimeout }),
      ...(ca === undefined ? {} : { ca }),
    });
    // The client takes its own listener away when it gives up, and an error that nobody listens to ends the process.
    socket.on('error', () => undefined);
    // The same interface as a browser's, as far as the client uses it.
    return Promise.resolve({ socket: socket as unknown as globalThis.WebSocket, encrypted });
  };
}
