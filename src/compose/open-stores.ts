import { hostname } from 'node:os';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { connectNats, createWakeLine } from '../adapters/nats/index.ts';
import type { NatsConnectionHandle } from '../adapters/nats/index.ts';
import { createLedger } from '../adapters/postgres/index.ts';
import { createTemporalEngine } from '../adapters/temporal/index.ts';
import type { TemporalEngineOptions } from '../adapters/temporal/index.ts';
import type { Config } from '../config.ts';
import { defaultPolicy } from '../domain/policy/project-policy.ts';

/** The three stores as one process sees them. */
export interface Stores {
  readonly logger: Logger;
  readonly ledger: ReturnType<typeof createLedger>;
  readonly nats: NatsConnectionHandle;
  readonly engine: ReturnType<typeof createTemporalEngine>;
  /** Disconnects from all of them; what is under way leaves first, bounded. */
  readonly close: () => Promise<void>;
}

interface StoresOptions {
  readonly process: 'api' | 'bridge' | 'worker';
  readonly poolMax: number;
  /** What its workers are connected by, which it closes itself. */
  readonly workers?: TemporalEngineOptions['workers'];
}

/** Throws when the ledger is not there or is another installation's. NATS and Temporal may be away and come later. */
export async function openStores(config: Config, { process, poolMax, workers }: StoresOptions): Promise<Stores> {
  const logger = pino({ level: config.LOG_LEVEL, base: { process, host: hostname() } });
  const ledger = createLedger({
    databaseUrl: config.DATABASE_URL,
    poolMax,
    defaultPolicy: defaultPolicy(config.WEFT_PROJECT_LIMIT),
    defaultIdleTimeoutMs: config.IDLE_TIMEOUT_MS,
    user: config.USER,
    ...(config.WEFT_INSTALLATION_ID === undefined ? {} : { installationId: config.WEFT_INSTALLATION_ID }),
  });
  await ledger.installationId();
  const nats = await connectNats({
    url: config.NATS_URL,
    user: config.NATS_USER,
    pass: config.NATS_PASS,
    ca: config.NATS_CA,
    name: `weft-${process}`,
    logger,
  });
  const engine = createTemporalEngine({
    address: config.TEMPORAL_ADDRESS,
    namespace: config.TEMPORAL_NAMESPACE,
    coordinatorIntervalMs: config.WEFT_COORDINATOR_INTERVAL_MS,
    askForRound: createWakeLine(nats).wake,
    ...(workers === undefined ? {} : { workers }),
  });
  return {
    logger,
    ledger,
    nats,
    engine,
    close: async () => {
      await Promise.allSettled([nats.close(), ledger.close()]);
      // Last: the Temporal client may hold a timer for a retry, which throws once its connection is closed.
      await Promise.allSettled([engine.close()]);
    },
  };
}
