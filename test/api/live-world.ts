import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { buildApp } from '../../api/app.ts';
import type { ApiConfig } from '../../api/deps.ts';
import { openEventFeed } from '../../api/feed/event-feed.ts';
import { relayEvents } from '../../bridge/relay.ts';
import { connectNats, createEventStream, createLiveEvents, createLogReader, ensureStreams } from '../../src/adapters/nats/index.ts';
import { createEventLedger } from '../../src/adapters/postgres/event-ledger.ts';
import { createLedger, migrate } from '../../src/adapters/postgres/index.ts';
import type { EventName } from '../../src/domain/events/event.ts';
import { defaultPolicy } from '../../src/domain/policy/project-policy.ts';
import { PATIENT } from '../adapters/postgres/open-world.ts';
import { registryInMemory } from './registry-in-memory.ts';
import { closedPorts } from './closed-ports.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, startTestNats } from '../support/servers.ts';

const silent = pino({ level: 'silent' });

export interface Frame extends Record<string, unknown> {
  readonly type: string;
  readonly id?: number;
  readonly error?: string;
  readonly data?: Record<string, unknown>;
}

export type LiveWorld = Awaited<ReturnType<typeof openLiveWorld>>;
export type Client = Awaited<ReturnType<typeof connectClient>>;

/** The API as it listens, on PostgreSQL, NATS and a relay of its own. */
export async function openLiveWorld(config: Partial<ApiConfig> = {}) {
  const database = await createTestDatabase();
  await migrate(database.url);
  const server = await startTestNats();
  const ledger = createLedger({ databaseUrl: database.url, poolMax: 8, defaultPolicy: defaultPolicy(20), defaultIdleTimeoutMs: 300_000, ...PATIENT });
  const raw = new pg.Pool({ connectionString: database.url, max: 4 });
  raw.on('error', () => undefined);
  const relay = await startRelay(database.url, server.url);
  const seqs = new Map<string, number>();

  const startApi = async (own = config) => {
    const nats = await connectNats({ url: server.url, name: 'api', logger: silent });
    await ensureStreams(nats);
    const feed = await openEventFeed({ history: ledger.history, live: createLiveEvents(nats), logger: silent });
    const ports = closedPorts(own);
    const engine = { ...ports.engine, startWork: async () => undefined, wakeCoordinator: async () => 'signalled' as const };
    const app = buildApp({
      ...ports,
      work: ledger.work,
      targets: ledger.targets,
      stats: ledger.stats,
      agents: ledger.agents,
      tokens: ledger.tokens,
      registry: registryInMemory().port,
      history: ledger.history,
      engine,
      feed,
      logs: createLogReader(nats),
      bus: { ...ports.bus, isConnected: () => nats.link() !== null },
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo; // it listens on TCP
    return {
      app,
      link: nats,
      feed,
      port,
      url: `http://127.0.0.1:${String(port)}`,
      close: async () => {
        // Connections on which nobody ever sent anything hold a server up.
        const timer = setTimeout(() => {
          app.server.closeAllConnections();
        }, 3000);
        await app.close();
        clearTimeout(timer);
        await feed.close();
        await nats.close();
      },
    };
  };
  const api = await startApi();

  return {
    api,
    ledger,
    nats: server,
    startApi,
    ...api,
    query: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> => (await raw.query<R>(text, values)).rows,
    /** Events of one entity, as if Weft had written them. */
    record: async (count: number, event: { entityId?: string; projectId?: string; type?: EventName; data?: object } = {}): Promise<void> => {
      const { entityId = 'item', projectId = 'default', type = 'work:cancelled', data = {} } = event;
      const seq = seqs.get(entityId) ?? 0;
      seqs.set(entityId, seq + count);
      await raw.query(
        `insert into events (entity_type, entity_id, seq, event_key, project_id, type, data)
         select $1, $2, $3::integer + n, $2 || ':' || ($3::integer + n), $4, $5, $6::jsonb || jsonb_build_object('n', $3::integer + n) from generate_series(1, $7::integer) as n`,
        [type.startsWith('work') ? 'work' : 'target', entityId, seq, projectId, type, JSON.stringify(data), count],
      );
      await raw.query(`select pg_notify('weft_events', '')`);
    },
    submit: async (body: object = {}, headers: Record<string, string> = {}): Promise<{ id: string }> => {
      const answer = await fetch(`${api.url}/api/work`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ boundary: 'personal', capability: 'build', description: 'Build it.', ...body }),
      });
      return (await answer.json()) as { id: string };
    },
    close: async () => {
      await api.close();
      await relay.stop();
      await Promise.all([ledger.close(), raw.end()]);
      await server.stop();
      await database.drop();
    },
  };
}

async function startRelay(databaseUrl: string, natsUrl: string): Promise<{ stop: () => Promise<void> }> {
  const nats = await connectNats({ url: natsUrl, name: 'relay', logger: silent });
  const ended = new AbortController();
  const relaying = relayEvents(
    { eventLedger: createEventLedger(databaseUrl), eventStream: createEventStream(nats), logger: silent, pollMs: 200 },
    ended.signal,
  );
  return {
    stop: async () => {
      ended.abort();
      await relaying;
      await nats.close();
    },
  };
}

/** A client that keeps every frame. */
export async function connectClient(port: number, options: { path?: string; protocols?: string[]; headers?: Record<string, string> } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${options.path ?? '/api/ws'}`, options.protocols ?? [], { headers: options.headers ?? {} });
  const frames: Frame[] = [];
  let closed: { code: number; reason: string } | null = null;
  // Before the connection is open, or the first frame is lost.
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
  socket.on('close', (code, reason) => (closed = { code, reason: reason.toString() }));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const of = (type: string): Frame[] => frames.filter((frame) => frame.type === type);
  return {
    socket,
    frames,
    of,
    closed: () => closed,
    send: (message: unknown) => {
      socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    },
    /** Sends, and waits for the next frame that is no event. */
    ask: async (message: unknown): Promise<Frame> => {
      const seen = frames.filter(({ type }) => type !== 'event').length;
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
      return eventually(() => {
        const answer = frames.filter(({ type }) => type !== 'event')[seen];
        if (answer === undefined) throw new Error('no answer yet');
        return answer;
      });
    },
    ids: (): number[] => of('event').map(({ id = 0 }) => id),
    close: async (): Promise<void> => {
      if (socket.readyState === WebSocket.CLOSED) return;
      const ended = new Promise<void>((resolve) => {
        socket.once('close', () => {
          resolve();
        });
      });
      socket.terminate();
      await ended;
    },
  };
}
