import {
  coordinatorGuid,
  createAgentBus,
  createAgentInbox,
  createAgentSignals,
  createAnnouncements,
  createEventStream,
  createWarpAgents,
  watchAgentRegistry,
} from '../src/adapters/nats/index.ts';
import { openStores } from '../src/compose/open-stores.ts';
import { readConfig } from '../src/compose/read-config.ts';
import { signalled } from '../src/compose/signalled.ts';
import { createBridge } from './create-bridge.ts';

// The bridge alone. The worker has one inside; more of them share the reports.
const POOL_MAX = 10;

const config = readConfig('bridge', process.env);
const { logger, ledger, nats, engine, close } = await openStores(config, { process: 'bridge', poolMax: POOL_MAX });

const stopping = new AbortController();
void signalled().then(() => {
  stopping.abort();
});
const { leases, sessions, work, events } = ledger;
const registry = watchAgentRegistry(nats, { defaultProjectId: config.LOOMINAL_PROJECT_ID });
const bridge = createBridge({
  inbox: createAgentInbox(nats),
  bus: createAgentBus(nats),
  signals: createAgentSignals(nats),
  idempotency: ledger.idempotency,
  leases,
  sessions,
  work,
  engine,
  eventLedger: events,
  eventStream: createEventStream(nats),
  targets: ledger.targets,
  announcements: createAnnouncements(nats),
  registry,
  agents: ledger.agents,
  foreign: ledger.foreign,
  warp: createWarpAgents(nats, { guid: coordinatorGuid(await ledger.installationId()), projectId: config.LOOMINAL_PROJECT_ID }),
  logger,
  sweepIntervalMs: config.WEFT_SWEEP_INTERVAL_MS,
  reconcileIntervalMs: config.WEFT_RECONCILE_INTERVAL_MS,
  registerTimeoutMs: config.WEFT_SPIN_UP_TIMEOUT_MS,
  lostTimeoutMs: config.WEFT_LOST_TIMEOUT_MS,
});

process.send?.({ ready: true });
logger.info('bridge is ready');
try {
  await bridge.run(stopping.signal);
} finally {
  await registry.close();
  await close();
}
logger.info('bridge has stopped');
