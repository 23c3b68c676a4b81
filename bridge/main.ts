import { hostname } from 'node:os';
import { pino } from 'pino';
import { connectNats, createAgentBus, createAgentInbox, createEventStream } from '../src/adapters/nats/index.ts';
import { createLedger } from '../src/adapters/postgres/index.ts';
import { createTemporalEngine } from '../src/adapters/temporal/index.ts';
import { loadConfig } from '../src/config.ts';
import { defaultPolicy } from '../src/domain/policy/project-policy.ts';
import { createBridge } from './create-bridge.ts';

// The bridge alone. The worker has one inside; more of them share the reports.
const POOL_MAX = 10;

const config = loadConfig(process.env);
const logger = pino({ level: config.LOG_LEVEL, base: { process: 'bridge', host: hostname() } });

const ledger = createLedger({
  databaseUrl: config.DATABASE_URL,
  poolMax: POOL_MAX,
  defaultPolicy: defaultPolicy(config.WEFT_PROJECT_LIMIT),
  defaultIdleTimeoutMs: config.IDLE_TIMEOUT_MS,
  ...(config.WEFT_INSTALLATION_ID === undefined ? {} : { installationId: config.WEFT_INSTALLATION_ID }),
});
await ledger.installationId();
const nats = await connectNats({ url: config.NATS_URL, user: config.NATS_USER, pass: config.NATS_PASS, name: 'weft-bridge', logger });
const engine = createTemporalEngine({
  address: config.TEMPORAL_ADDRESS,
  namespace: config.TEMPORAL_NAMESPACE,
  coordinatorIntervalMs: config.WEFT_COORDINATOR_INTERVAL_MS,
});

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopping.abort();
  });
}
const { leases, sessions, work, events } = ledger;
const bridge = createBridge({
  inbox: createAgentInbox(nats),
  bus: createAgentBus(nats),
  leases,
  sessions,
  work,
  engine,
  eventLedger: events,
  eventStream: createEventStream(nats),
  logger,
  sweepIntervalMs: config.WEFT_SWEEP_INTERVAL_MS,
  lostTimeoutMs: config.WEFT_LOST_TIMEOUT_MS,
});

process.send?.({ ready: true });
logger.info('bridge is ready');
try {
  await bridge.run(stopping.signal);
} finally {
  await Promise.allSettled([engine.close(), nats.close(), ledger.close()]);
}
logger.info('bridge has stopped');
