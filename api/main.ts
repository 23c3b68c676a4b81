import { hostname } from 'node:os';
import { pino } from 'pino';
import { connectNats, createAgentBus } from '../src/adapters/nats/index.ts';
import { createLedger } from '../src/adapters/postgres/index.ts';
import { createTemporalEngine } from '../src/adapters/temporal/index.ts';
import { loadConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { defaultPolicy } from '../src/domain/policy/project-policy.ts';
import { buildApp } from './app.ts';
import { waitAtMost } from './wait-at-most.ts';

const POOL_MAX = 10;
// Below what `weft up` grants before it kills.
const CLOSE_TIMEOUT_MS = 8000;

const config = readConfig();
const logger = pino({ level: config.LOG_LEVEL, base: { process: 'api', host: hostname() } });

const ledger = createLedger({
  databaseUrl: config.DATABASE_URL,
  poolMax: POOL_MAX,
  defaultPolicy: defaultPolicy(config.WEFT_PROJECT_LIMIT),
  defaultIdleTimeoutMs: config.IDLE_TIMEOUT_MS,
  ...(config.WEFT_INSTALLATION_ID === undefined ? {} : { installationId: config.WEFT_INSTALLATION_ID }),
});
await ledger.installationId();
const nats = await connectNats({
  url: config.NATS_URL,
  ...(config.NATS_USER === undefined ? {} : { user: config.NATS_USER }),
  ...(config.NATS_PASS === undefined ? {} : { pass: config.NATS_PASS }),
  name: 'weft-api',
  logger,
});
const engine = createTemporalEngine({
  address: config.TEMPORAL_ADDRESS,
  namespace: config.TEMPORAL_NAMESPACE,
  coordinatorIntervalMs: config.WEFT_COORDINATOR_INTERVAL_MS,
});

const app = buildApp({
  work: ledger.work,
  targets: ledger.targets,
  tokens: ledger.tokens,
  engine,
  bus: createAgentBus(nats),
  config: { projectId: config.LOOMINAL_PROJECT_ID, hostId: config.WEFT_HOST_ID, tokens: config.API_TOKENS },
  logger,
});
const address = await app.listen({ host: config.API_HOST, port: config.API_PORT });
logger.info({ address }, 'api is ready');
if (config.API_TOKENS.length === 0) logger.warn('no API_TOKENS: every program on this machine may use the api, other machines and foreign web pages may not');
process.send?.({ ready: true });

await signalled();
await waitAtMost(CLOSE_TIMEOUT_MS, app.close());
await Promise.allSettled([nats.close(), ledger.close()]);
await engine.close();
logger.info('api has stopped');
// The Temporal client may hold a timer for a retry, which throws once its connection is closed.
process.exit(0);

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    process.stderr.write(`weft api: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        resolve();
      });
  });
}
