import type { Logger } from 'pino';
import type { AgentRegistry } from '../src/ports/agent-registry.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { AgentInbox } from '../src/ports/agent-inbox.ts';
import type { AgentSignals } from '../src/ports/agent-signals.ts';
import type { EventStream } from '../src/ports/event-stream.ts';
import type { AgentLedger } from '../src/ports/ledger/agent-ledger.ts';
import type { EventLedger } from '../src/ports/ledger/event-ledger.ts';
import type { ForeignLedger } from '../src/ports/ledger/foreign-ledger.ts';
import type { IdempotencyLedger } from '../src/ports/ledger/idempotency-ledger.ts';
import type { LeaseLedger } from '../src/ports/ledger/lease-ledger.ts';
import type { SessionLedger } from '../src/ports/ledger/session-ledger.ts';
import type { TargetLedger } from '../src/ports/ledger/target-ledger.ts';
import type { WorkLedger } from '../src/ports/ledger/work-ledger.ts';
import type { Announcements } from '../src/ports/announcements.ts';
import type { WarpAgents } from '../src/ports/warp-agents.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import { announcing, createAnnouncer } from './announce.ts';
import { askIdleAgents } from './ask-idle.ts';
import { createHeartbeatForwarder } from './forward-heartbeats.ts';
import { keepReconciler } from './keep-reconciler.ts';
import { LeaseBeatKeeper } from './lease-beats.ts';
import { pruneKeys } from './prune-keys.ts';
import { relayEvents } from './relay.ts';
import { createSupervisionBeats } from './supervision-beats.ts';
import { heedWarp } from './heed-warp.ts';
import { sweep } from './sweep.ts';
import { tendForeign } from './tend-foreign.ts';
import { watchAgents } from './watch-agents.ts';
import { createReportTaker } from './take-report.ts';

export interface BridgeDeps {
  readonly inbox: AgentInbox;
  readonly bus: AgentBus;
  readonly signals: AgentSignals;
  readonly leases: LeaseLedger;
  readonly sessions: SessionLedger;
  readonly work: WorkLedger;
  readonly idempotency: Pick<IdempotencyLedger, 'prune'>;
  readonly engine: WorkEngine;
  readonly eventLedger: EventLedger;
  readonly eventStream: EventStream;
  readonly targets: Pick<TargetLedger, 'findEvenRemoved'>;
  readonly announcements: Announcements;
  readonly registry: AgentRegistry;
  readonly agents: AgentLedger;
  readonly foreign: ForeignLedger;
  readonly warp: WarpAgents;
  readonly logger: Logger;
  readonly sweepIntervalMs: number;
  readonly reconcileIntervalMs: number;
  /** An agent that is started has this long to register. */
  readonly registerTimeoutMs: number;
  /** After this much silence a runner counts as lost; its heartbeats are forwarded often enough for that. */
  readonly lostTimeoutMs: number;
}

export interface Bridge {
  /** Until `signal` aborts; then takes no more, finishes what is under way (bounded) and gives up the relay's leadership. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

// One report is a transaction and a call to Temporal; more at once only wait for each other.
const REPORTS_AT_ONCE = 32;
const RELAY_POLL_MS = 1000;
const LOOK_INTERVAL_MS = 5000;
// Half as long again as the slowest agents take to say that they live.
const SILENCE_GRACE_MS = 90_000;
const TEND_INTERVAL_MS = 1000;
const ASK_IDLE_INTERVAL_MS = 10_000;
const PRUNE_INTERVAL_MS = 600_000;
// What the reconciler takes back may wait for a minute longer when somebody has deleted its Schedule.
const KEEP_INTERVAL_MS = 60_000;

/** What agents say, into the ledger and the engine; what the ledger recorded, out to NATS. Any number of bridges share the work. */
export function createBridge(deps: BridgeDeps): Bridge {
  const { inbox, bus, leases, sessions, engine, eventLedger, eventStream, logger } = deps;
  const nowMs = (): number => performance.now();
  return {
    run: async (signal) => {
      const beats = new LeaseBeatKeeper({ leases, engine, nowMs });
      const supervisions = createSupervisionBeats({ sessions, engine, lostTimeoutMs: deps.lostTimeoutMs, nowMs });
      const takeReport = createReportTaker({ leases, engine, beats, bus, logger });
      const announcer = createAnnouncer({ targets: deps.targets, announcements: deps.announcements, logger, nowMs: Date.now });
      await untilAllEnd(signal, [
        (end) => inbox.consumeReports(takeReport, { concurrency: REPORTS_AT_ONCE, signal: end }),
        (end) => inbox.consumeHeartbeats(createHeartbeatForwarder({ supervisions, leases: beats, logger }), end),
        (end) => inbox.answerStatus(() => inbox.status(), end),
        (end) => relayEvents({ eventLedger, eventStream: announcing(eventStream, announcer), logger, pollMs: RELAY_POLL_MS }, end),
        (end) => announcer.run(end),
        (end) => pruneKeys({ idempotency: deps.idempotency, logger, intervalMs: PRUNE_INTERVAL_MS }, end),
        (end) =>
          watchAgents({ registry: deps.registry, agents: deps.agents, engine, logger, lookIntervalMs: LOOK_INTERVAL_MS, graceMs: SILENCE_GRACE_MS }, end),
        (end) =>
          heedWarp({ registry: deps.registry, warp: deps.warp, foreign: deps.foreign, engine, takeReport, logger, lookIntervalMs: LOOK_INTERVAL_MS }, end),
        (end) => tendForeign({ foreign: deps.foreign, inbox, bus, engine, logger, intervalMs: TEND_INTERVAL_MS }, end),
        (end) =>
          askIdleAgents(
            { registry: deps.registry, agents: deps.agents, signals: deps.signals, logger, intervalMs: ASK_IDLE_INTERVAL_MS, graceMs: SILENCE_GRACE_MS },
            end,
          ),
        (end) => keepReconciler({ engine, logger, reconcileIntervalMs: deps.reconcileIntervalMs, intervalMs: KEEP_INTERVAL_MS }, end),
        (end) => sweep({ ...deps, intervalMs: deps.sweepIntervalMs }, end),
      ]);
      beats.close();
    },
  };
}

/** Runs all loops; one that fails (a bug: they survive whatever is away) ends the others, and is thrown when all have ended. */
async function untilAllEnd(signal: AbortSignal, loops: readonly ((end: AbortSignal) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const ended = await Promise.allSettled(
    // A signal for each: so many that listen to one look to Node like a leak.
    loops.map((loop) =>
      loop(AbortSignal.any([signal, failed.signal])).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  const failure = ended.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
