import {
  createAgentBus,
  createAgentSignals,
  createChannelReader,
  createLiveEvents,
  createLogReader,
  createRequestServer,
  watchAgentRegistry,
} from '../src/adapters/nats/index.ts';
import { openStores } from '../src/compose/open-stores.ts';
import { readConfig } from '../src/compose/read-config.ts';
import { signalled } from '../src/compose/signalled.ts';
import { buildApp } from './app.ts';
import { serveCoord } from './coord/serve-coord.ts';
import type { ApiDeps } from './deps.ts';
import { openEventFeed } from './feed/event-feed.ts';
import { waitAtMost } from './wait-at-most.ts';

const POOL_MAX = 10;
// Below what `weft up` grants before it kills.
const CLOSE_TIMEOUT_MS = 8000;

const config = readConfig('api', process.env);
const { logger, ledger, nats, engine, close } = await openStores(config, { process: 'api', poolMax: POOL_MAX });
// There for requests that name none, before any of them.
await ledger.projects.ensure(config.LOOMINAL_PROJECT_ID);
const registry = watchAgentRegistry(nats, { defaultProjectId: config.LOOMINAL_PROJECT_ID });

const feed = await openEventFeed({ history: ledger.history, live: createLiveEvents(nats), logger });

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
  engine,
  bus: createAgentBus(nats),
  registry,
  agents: ledger.agents,
  signals: createAgentSignals(nats),
  channels: createChannelReader(nats),
  feed,
  logs: createLogReader(nats),
  history: ledger.history,
  stats: ledger.stats,
  config: {
    projectId: config.LOOMINAL_PROJECT_ID,
    user: config.USER,
    hostId: config.WEFT_HOST_ID,
    spinUpTimeoutMs: config.WEFT_SPIN_UP_TIMEOUT_MS,
    tokens: config.API_TOKENS,
    corsOrigins: config.WEFT_CORS_ORIGINS,
    showStacks: config.NODE_ENV === 'development',
  },
  logger,
};
const app = buildApp(deps);
const address = await app.listen({ host: config.API_HOST, port: config.API_PORT });
const stopping = new AbortController();
const serving = serveCoord(createRequestServer(nats), deps, stopping.signal);
logger.info({ address }, 'api is ready');
if (config.API_TOKENS.length === 0) logger.warn('no API_TOKENS: every program on this machine may use the api, other machines and foreign web pages may not');
process.send?.({ ready: true });

await signalled();
stopping.abort();
await waitAtMost(CLOSE_TIMEOUT_MS, Promise.all([app.close(), serving]));
await registry.close();
await waitAtMost(CLOSE_TIMEOUT_MS, feed.close());
await close();
logger.info('api has stopped');
// The Temporal client may hold a timer for a retry, which throws once its connection is closed.
process.exit(0);
