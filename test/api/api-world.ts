import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import pg from 'pg';
import { pino } from 'pino';
import { buildApp } from '../../api/app.ts';
import type { ApiConfig, ApiDeps } from '../../api/deps.ts';
import { openEventFeed } from '../../api/feed/event-feed.ts';
import { createLedger, migrate } from '../../src/adapters/postgres/index.ts';
import { WeftError } from '../../src/domain/errors.ts';
import { defaultPolicy } from '../../src/domain/policy/project-policy.ts';
import type { WorkItem } from '../../src/domain/work/work-item.ts';
import type { LiveEvents } from '../../src/ports/live-events.ts';
import type { WorkEngine, Woken } from '../../src/ports/work-engine.ts';
import { PATIENT } from '../adapters/postgres/open-world.ts';
import { createTestDatabase } from '../support/servers.ts';
import { registryInMemory } from './registry-in-memory.ts';
import { createContractCheck } from './contract-check.ts';

export const HOST = 'test-host';

/** Stands where Temporal stands: writes down what it is asked, answers as it is told to. */
interface RecordingEngine {
  readonly calls: string[];
  /** away: refuses like a server that is not there · silent: never answers · broken: fails like a bug. */
  state: 'here' | 'away' | 'silent' | 'broken';
  cancelAnswer: Awaited<ReturnType<WorkEngine['cancelWork']>>;
  /** How a wake of the coordinator is answered. */
  woken: Woken;
  probeAnswer: Awaited<ReturnType<WorkEngine['probeTarget']>>;
}

interface Bus {
  connected: boolean;
  /** Agents that were asked to stop. */
  readonly asked: string[];
}

export type Answer = LightMyRequestResponse;
export type World = Awaited<ReturnType<typeof openWorld>>;

/** The API on a migrated database of its own; every answer is checked against the API's OpenAPI document. */
export async function openWorld(config: Partial<ApiConfig> = {}) {
  const database = await createTestDatabase();
  await migrate(database.url);
  const ledger = createLedger({ databaseUrl: database.url, poolMax: 8, defaultPolicy: defaultPolicy(20), defaultIdleTimeoutMs: 300_000, ...PATIENT });
  const raw = new pg.Pool({ connectionString: database.url, max: 2 });
  // The database is dropped while its connections are still closing.
  raw.on('error', () => undefined);
  const engine: RecordingEngine = { calls: [], state: 'here', cancelAnswer: 'cancelling', woken: 'signalled', probeAnswer: { healthy: true } };
  const bus: Bus = { connected: true, asked: [] };
  const registry = registryInMemory();
  const feed = await openEventFeed({ history: ledger.history, live: NO_LIVE_EVENTS, logger: pino({ level: 'silent' }), pollMs: 20 });
  const deps: ApiDeps = {
    spinUps: ledger.spinUps,
    deployments: ledger.deployments,
    work: ledger.work,
    leases: ledger.leases,
    routing: ledger.routing,
    targets: ledger.targets,
    idempotency: ledger.idempotency,
    audit: ledger.audit,
    projects: ledger.projects,
    holds: ledger.holds,
    hosts: ledger.hosts,
    tokens: ledger.tokens,
    engine: enginePort(engine),
    bus: { isConnected: () => bus.connected, ping: () => Promise.resolve(bus.connected) },
    registry: registry.port,
    agents: ledger.agents,
    signals: signalsPort(bus),
    channels: { readNewest: () => Promise.resolve([]) },
    feed,
    logs: { read: () => Promise.resolve({ position: 0, isWhole: true }), watch: () => Promise.resolve() },
    history: ledger.history,
    stats: ledger.stats,
    config: { projectId: 'default', hostId: HOST, spinUpTimeoutMs: 60_000, tokens: [], corsOrigins: [], ...config },
    logger: pino({ level: 'silent' }),
  };
  const app = buildApp(deps);
  await app.ready();
  const checkContract = createContractCheck(app);

  const request = async (method: NonNullable<InjectOptions['method']>, url: string, options: Omit<InjectOptions, 'method' | 'url'> = {}): Promise<Answer> => {
    const answer = await app.inject({ method, url, ...options });
    checkContract(method, url, answer);
    return answer;
  };

  return {
    app,
    deps,
    databaseUrl: database.url,
    engine,
    bus,
    registry,
    ledger,
    request,
    get: (url: string, headers: Record<string, string> = {}) => request('GET', url, { headers }),
    post: (url: string, payload?: unknown, headers: Record<string, string> = {}) =>
      request('POST', url, { ...(payload === undefined ? {} : { payload: payload as object }), headers }),
    submit: async (body: object = {}): Promise<WorkItem> => (await request('POST', '/api/work', { payload: { ...WORK, ...body } })).json<WorkItem>(),
    query: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> => (await raw.query<R>(text, values)).rows,
    close: async () => {
      await app.close();
      await feed.close();
      await Promise.all([ledger.close(), raw.end()]);
      await database.drop();
    },
  };
}

/** As if NATS were away: the feed reads the ledger. */
const NO_LIVE_EVENTS: LiveEvents = {
  follow: (_onEvent, signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    }),
  isConnected: () => false,
};

/** The smallest body that is accepted. */
export const WORK = { boundary: 'personal', capability: 'build', description: 'Build it.' };

export const TARGET = {
  name: 'laptop',
  agentType: 'claude-code',
  capabilities: ['build'],
  mechanism: 'local',
  config: { mechanism: 'local', local: { command: 'true' } },
};

/** An item as it is read later: without what the answer to a submit adds. */
export function readable(submitted: object): object {
  const added = ['workItemId', 'targetAgentType', 'spinUpTriggered', 'estimatedWaitSeconds', 'routing'];
  // Where it stands in the queue is counted when it is looked at.
  added.push('position', 'reason');
  return Object.fromEntries(Object.entries(submitted).filter(([key]) => !added.includes(key)));
}

function enginePort(engine: RecordingEngine): ApiDeps['engine'] {
  const answer = async <T>(call: string, value: T): Promise<T> => {
    engine.calls.push(call);
    switch (engine.state) {
      case 'here':
        return value;
      case 'away':
        throw new WeftError('ENGINE_UNAVAILABLE', 'Temporal did not answer.');
      case 'broken':
        throw new TypeError('a bug');
      case 'silent':
        return new Promise<never>(() => undefined);
    }
  };
  return {
    startWork: (item) => answer(`startWork ${item.id}`, undefined),
    cancelWork: (workId, reason) => answer(`cancelWork ${workId} ${reason}`, engine.cancelAnswer),
    probeTarget: ({ targetId, hostId, timeoutMs }) => answer(`probeTarget ${targetId} ${hostId} ${String(timeoutMs)}`, engine.probeAnswer),
    setHealthSchedule: ({ targetId, intervalMs }) => answer(`setHealthSchedule ${targetId} ${String(intervalMs)}`, undefined),
    removeHealthSchedule: (targetId) => answer(`removeHealthSchedule ${targetId}`, undefined),
    stopSession: (guid, reason) => answer(`stopSession ${guid} ${reason}`, 'told' as const),
    giveUpSession: (guid, reason) => answer(`giveUpSession ${guid} ${reason}`, 'told' as const),
    changeWork: ({ id, priority, deadline = 'none' }) => answer(`changeWork ${id} ${String(priority)} ${deadline}`, 'told' as const),
    completeAttempt: (taskToken, { kind }) => answer(`completeAttempt ${Buffer.from(taskToken).toString()} ${kind}`, 'done' as const),
    rejectWork: (workId, reason) => answer(`rejectWork ${workId} ${reason}`, 'told' as const),
    wakeCoordinator: () => answer('wakeCoordinator', engine.woken),
    wakeDeployment: ({ id }) => answer(`wakeDeployment ${id}`, undefined),
    ping: async () => engine.state === 'here',
  };
}

function signalsPort(bus: Bus): ApiDeps['signals'] {
  return {
    askToStop: async (agents, { graceful }) => {
      if (!bus.connected) throw new WeftError('BUS_UNAVAILABLE', 'NATS is away.');
      bus.asked.push(...agents.map(({ projectId, guid }) => `${projectId} ${guid} ${graceful ? 'gracefully' : 'at once'}`));
    },
  };
}
