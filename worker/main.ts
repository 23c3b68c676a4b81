import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createAttemptActivities } from '../activities/attempt.ts';
import { createDeploymentActivities } from '../activities/deployment.ts';
import { withFailures } from '../activities/failure.ts';
import { createHostActivities } from '../activities/host.ts';
import { createProbeActivities } from '../activities/probe.ts';
import { createReconcileActivities } from '../activities/reconcile.ts';
import { createSessionActivities, createSessionTransitions } from '../activities/session.ts';
import { createSlotActivities } from '../activities/slots.ts';
import { createHealthTransitions } from '../activities/target-health.ts';
import { createWorkTransitions } from '../activities/work-transitions.ts';
import { createBridge } from '../bridge/create-bridge.ts';
import { createLocalMechanism, keepAgentDirsBounded } from '../src/adapters/local/index.ts';
import {
  coordinatorGuid,
  createAgentBus,
  createAgentInbox,
  createAgentSignals,
  createAnnouncements,
  createEventStream,
  createWakeLine,
  createWarpAgents,
  watchAgentRegistry,
} from '../src/adapters/nats/index.ts';
import { openStores } from '../src/compose/open-stores.ts';
import { readConfig } from '../src/compose/read-config.ts';
import { signalled } from '../src/compose/signalled.ts';
import { agentRunner, workflowBundle } from './artifacts.ts';
import { attendHost } from './attend-host.ts';
import { createRounds } from './rounds.ts';
import { runnerNats } from './runner-nats.ts';
import { stopLocalAgents } from './stop-local-agents.ts';
import { startTemporalWorkers } from './temporal-workers.ts';

const PRUNE_INTERVAL_MS = 600_000;
const POOL_MAX = 20;

const config = readConfig('worker', process.env);
// Signals are ours: the order of stopping matters.
Runtime.install({ shutdownSignals: [] });

const [workflowBundlePath, runnerFile] = await Promise.all([workflowBundle(), config.WEFT_AGENT_ENTRY ?? agentRunner()]);
const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
const { logger, ledger, nats, engine, close } = await openStores(config, { process: 'worker', poolMax: POOL_MAX, workers: connection });
const bus = createAgentBus(nats);
const warp = createWarpAgents(nats, { guid: coordinatorGuid(await ledger.installationId()), projectId: config.LOOMINAL_PROJECT_ID });

const agentsDir = join(resolve(config.WEFT_DATA_DIR), 'agents');
const { deployments, sessions, transitions, leases, slots, targets, work, reconcile } = ledger;
const mechanisms = { local: createLocalMechanism({ agentsDir, hostId: config.WEFT_HOST_ID, environment: process.env }) };
const clocks = { registerTimeoutMs: config.WEFT_SPIN_UP_TIMEOUT_MS, lostTimeoutMs: config.WEFT_LOST_TIMEOUT_MS };
const { grantSlots } = createSlotActivities({ slots, sessions, deployments, work, engine, logger, ...clocks });
const rounds = createRounds({ grantSlots, wakes: createWakeLine(nats), logger });
const workers = await startTemporalWorkers({
  connection,
  namespace: config.TEMPORAL_NAMESPACE,
  hostId: config.WEFT_HOST_ID,
  workflowBundlePath,
  // The clean stop has one budget: half for local agents, a quarter for activities, the rest for reports and connections.
  shutdownGraceMs: config.WEFT_SHUTDOWN_GRACE_MS / 4,
  activities: {
    local: withFailures({
      ...createWorkTransitions({ transitions, sessions, engine, bus, warp, logger, ...clocks }),
      grantSlots: rounds.make,
      ...createHealthTransitions({ targets, engine }),
      ...createSessionTransitions({ sessions, deployments, engine, bus }),
      ...createDeploymentActivities({ deployments, engine, logger, ...clocks }),
    }),
    common: withFailures({
      ...createAttemptActivities({ leases, sessions, engine, bus, foreign: ledger.foreign, warp, ...clocks }),
      ...createSessionActivities({ sessions, deployments, engine, bus }),
      ...createReconcileActivities({ reconcile, deployments, work, sessions, targets, engine, logger, ...clocks }),
    }),
    host: withFailures({
      ...createHostActivities({
        sessions,
        deployments,
        engine,
        bus,
        mechanisms,
        runnerArgv: [process.execPath, runnerFile],
        // The mechanism starts it in the agent's own directory: what it writes is kept and pruned with that.
        runnerEnv: { ...runnerNats(config), WEFT_RUNNER_DIR: '.' },
        lostTimeoutMs: config.WEFT_LOST_TIMEOUT_MS,
        stopGraceMs: config.WEFT_STOP_GRACE_MS,
      }),
      ...createProbeActivities({ targets, mechanisms }),
    }),
  },
});
const pruning = keepAgentDirsBounded({
  agentsDir,
  intervalMs: PRUNE_INTERVAL_MS,
  onError: (err) => {
    logger.warn({ err }, 'agent directories could not be pruned');
  },
});

const registry = watchAgentRegistry(nats, { defaultProjectId: config.LOOMINAL_PROJECT_ID });
const bridgeStopping = new AbortController();
const bridge = createBridge({
  inbox: createAgentInbox(nats),
  bus,
  signals: createAgentSignals(nats),
  idempotency: ledger.idempotency,
  leases,
  sessions,
  work,
  engine,
  eventLedger: ledger.events,
  eventStream: createEventStream(nats),
  targets: ledger.targets,
  announcements: createAnnouncements(nats),
  registry,
  agents: ledger.agents,
  foreign: ledger.foreign,
  warp,
  logger,
  sweepIntervalMs: config.WEFT_SWEEP_INTERVAL_MS,
  reconcileIntervalMs: config.WEFT_RECONCILE_INTERVAL_MS,
  registerTimeoutMs: config.WEFT_SPIN_UP_TIMEOUT_MS,
  lostTimeoutMs: config.WEFT_LOST_TIMEOUT_MS,
}).run(bridgeStopping.signal);

const host = await attendHost({ hosts: ledger.hosts, sessions, engine, mechanisms, logger }, { hostId: config.WEFT_HOST_ID, hostname: hostname() });
process.send?.({ ready: true });
logger.info({ hostId: config.WEFT_HOST_ID }, 'worker is ready');

await Promise.race([signalled(), workers.finished, bridge]);
// From here on wakes go to another worker, or wait for one.
await rounds.close();
await stopLocalAgents({ sessions, engine, logger }, { hostId: config.WEFT_HOST_ID, timeoutMs: config.WEFT_SHUTDOWN_GRACE_MS / 2 });
await workers.stop();
await host.leave();
bridgeStopping.abort();
await bridge;
await pruning.close();
await registry.close();
await close();
await connection.close();
logger.info('worker has stopped');
// A connection to a server that hangs would keep the process alive.
process.exit(0);
