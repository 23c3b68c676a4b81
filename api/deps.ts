import type { FastifyBaseLogger } from 'fastify';
import type { HostId, ProjectId } from '../src/domain/ids.ts';
import type { AgentRegistry } from '../src/ports/agent-registry.ts';
import type { ChannelReader } from '../src/ports/channel-reader.ts';
import type { AgentSignals } from '../src/ports/agent-signals.ts';
import type { AgentBus } from '../src/ports/agent-bus.ts';
import type { AgentLedger } from '../src/ports/ledger/agent-ledger.ts';
import type { AuditLedger } from '../src/ports/ledger/audit-ledger.ts';
import type { DeploymentLedger } from '../src/ports/ledger/deployment-ledger.ts';
import type { IdempotencyLedger } from '../src/ports/ledger/idempotency-ledger.ts';
import type { LeaseLedger } from '../src/ports/ledger/lease-ledger.ts';
import type { HostLedger } from '../src/ports/ledger/host-ledger.ts';
import type { HoldLedger } from '../src/ports/ledger/hold-ledger.ts';
import type { ProjectLedger } from '../src/ports/ledger/project-ledger.ts';
import type { EventFeed } from '../src/ports/event-feed.ts';
import type { EventHistory } from '../src/ports/ledger/event-history.ts';
import type { SpinUpLedger } from '../src/ports/ledger/spin-up-ledger.ts';
import type { RoutingLedger } from '../src/ports/ledger/routing-ledger.ts';
import type { StatsLedger } from '../src/ports/ledger/stats-ledger.ts';
import type { TargetLedger } from '../src/ports/ledger/target-ledger.ts';
import type { TokenLedger } from '../src/ports/ledger/token-ledger.ts';
import type { WorkLedger } from '../src/ports/ledger/work-ledger.ts';
import type { LogReader } from '../src/ports/log-reader.ts';
import type { WorkEngine } from '../src/ports/work-engine.ts';
import type { StreamLimits } from './streams/event-stream.ts';
import type { WebSocketLimits } from './websocket/limits.ts';

export interface ApiConfig {
  /** The project of requests that name none. */
  readonly projectId: ProjectId;
  /** For whom this Weft runs; absent = for nobody in particular. */
  readonly user?: string;
  /** The host of local targets that name none. */
  readonly hostId: HostId;
  /** A spin-up waits this long for room. */
  readonly spinUpTimeoutMs: number;
  /** The operator's bearer tokens; none = open to this machine only. */
  readonly tokens: readonly string[];
  /** Web pages of these origins may use the api; none = only those that it serves itself. */
  readonly corsOrigins: readonly string[];
  /** Error answers carry the stack: for developers only. */
  readonly showStacks?: boolean;
  /** Instead of the usual bounds. */
  readonly websocket?: Partial<WebSocketLimits>;
  readonly streams?: Partial<StreamLimits>;
}

/** What the routes stand on. */
export interface ApiDeps {
  readonly spinUps: SpinUpLedger;
  readonly deployments: DeploymentLedger;
  readonly work: WorkLedger;
  readonly leases: Pick<LeaseLedger, 'answerQuestion'>;
  readonly routing: RoutingLedger;
  readonly targets: TargetLedger;
  readonly idempotency: IdempotencyLedger;
  readonly audit: AuditLedger;
  readonly projects: ProjectLedger;
  readonly holds: HoldLedger;
  readonly hosts: Pick<HostLedger, 'list' | 'declareGone'>;
  readonly tokens: TokenLedger;
  readonly engine: Pick<
    WorkEngine,
    | 'startWork'
    | 'wakeDeployment'
    | 'cancelWork'
    | 'completeAttempt'
    | 'rejectWork'
    | 'stopSession'
    | 'giveUpSession'
    | 'probeTarget'
    | 'setHealthSchedule'
    | 'removeHealthSchedule'
    | 'wakeCoordinator'
    | 'changeWork'
    | 'ping'
  >;
  readonly bus: Pick<AgentBus, 'isConnected' | 'ping'>;
  readonly registry: Pick<AgentRegistry, 'list' | 'find' | 'whenRead' | 'nowMs'>;
  readonly agents: AgentLedger;
  readonly signals: AgentSignals;
  readonly logs: LogReader;
  readonly channels: ChannelReader;
  readonly feed: EventFeed;
  readonly history: EventHistory;
  readonly stats: StatsLedger;
  readonly config: ApiConfig;
  readonly logger: FastifyBaseLogger;
}
