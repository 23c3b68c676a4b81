import { connect } from '@nats-io/transport-node';
import type { Msg, RequestOptions } from '@nats-io/transport-node';
import { pino } from 'pino';
import { serveCoord } from '../../../api/coord/serve-coord.ts';
import type { ApiDeps } from '../../../api/deps.ts';
import { connectNats, createRequestServer } from '../../../src/adapters/nats/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestNats } from '../../support/servers.ts';
import { openWorld } from '../api-world.ts';

const silent = pino({ level: 'silent' });
const ANSWER_TIMEOUT_MS = 20_000;

export type CoordWorld = Awaited<ReturnType<typeof openCoordWorld>>;

/** The API on PostgreSQL, with two replicas of the control plane on a NATS of their own, and a client of it. */
export async function openCoordWorld() {
  const world = await openWorld({ user: 'kim' });
  const server = await startTestNats('max_payload: 4194304');
  const replicas = [await startReplica(server.url, world.deps), await startReplica(server.url, world.deps)];
  const client = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  return {
    ...world,
    server,
    client,
    replicas,
    /** All replicas answer again, and whoever asks has found the server again. */
    recovered: async (): Promise<void> => {
      await Promise.all(replicas.map((replica) => replica.whenServing()));
      await eventually(() => client.flush());
    },
    /** The answer to a JSON payload, as it came. */
    askRaw: (subject: string, payload: string | Uint8Array = '', options: Partial<RequestOptions> = {}): Promise<Msg> =>
      client.request(subject, payload, { timeout: ANSWER_TIMEOUT_MS, ...options }),
    /** The parsed answer; `undefined` for an empty message. */
    ask: async (subject: string, payload?: unknown): Promise<unknown> => {
      const answer = await client.request(subject, payload === undefined ? '' : JSON.stringify(payload), { timeout: ANSWER_TIMEOUT_MS });
      return answer.data.length === 0 ? undefined : answer.json();
    },
    close: async () => {
      await client.close();
      await Promise.all(replicas.map((replica) => replica.stop()));
      await server.stop();
      await world.close();
    },
  };
}

async function startReplica(url: string, deps: ApiDeps) {
  const nats = await connectNats({ url, name: 'replica', logger: silent });
  const stopping = new AbortController();
  const server = createRequestServer(nats);
  const serving = serveCoord(server, deps, stopping.signal);
  const whenServing = () =>
    eventually(() => {
      if (!server.isServing()) throw new Error('it does not serve');
    });
  await whenServing();
  return {
    whenServing,
    stop: async () => {
      stopping.abort();
      await serving;
      await nats.close();
    },
  };
}
