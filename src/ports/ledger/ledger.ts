import type { AgentLedger } from './agent-ledger.ts';
import type { EventHistory } from './event-history.ts';
import type { AuditLedger } from './audit-ledger.ts';
import type { DeploymentLedger } from './deployment-ledger.ts';
import type { EventLedger } from './event-ledger.ts';
import type { ForeignLedger } from './foreign-ledger.ts';
import type { IdempotencyLedger } from './idempotency-ledger.ts';
import type { LeaseLedger } from './lease-ledger.ts';
import type { HoldLedger } from './hold-ledger.ts';
import type { HostLedger } from './host-ledger.ts';
import type { ProjectLedger } from './project-ledger.ts';
import type { ReconcileLedger } from './reconcile-ledger.ts';
import type { RoutingLedger } from './routing-ledger.ts';
import type { SessionLedger } from './session-ledger.ts';
import type { SlotLedger } from './slot-ledger.ts';
import type { SpinUpLedger } from './spin-up-ledger.ts';
import type { StatsLedger } from './stats-ledger.ts';
import type { TargetLedger } from './target-ledger.ts';
import type { TokenLedger } from './token-ledger.ts';
import type { TransitionLedger } from './transition-ledger.ts';
import type { WorkLedger } from './work-ledger.ts';

/** What was accepted, who waits, who holds, and everything that happened: one database behind one connection pool. */
export interface Ledger {
  readonly work: WorkLedger;
  readonly transitions: TransitionLedger;
  readonly slots: SlotLedger;
  readonly leases: LeaseLedger;
  readonly sessions: SessionLedger;
  readonly agents: AgentLedger;
  readonly foreign: ForeignLedger;
  readonly stats: StatsLedger;
  readonly targets: TargetLedger;
  readonly spinUps: SpinUpLedger;
  readonly deployments: DeploymentLedger;
  readonly events: EventLedger;
  readonly idempotency: IdempotencyLedger;
  readonly audit: AuditLedger;
  readonly projects: ProjectLedger;
  readonly holds: HoldLedger;
  readonly hosts: HostLedger;
  readonly tokens: TokenLedger;
  readonly history: EventHistory;
  readonly routing: RoutingLedger;
  readonly reconcile: ReconcileLedger;
  /** The id that stands in all stores of this installation. Throws `INSTALLATION_MISMATCH` when another one was expected. */
  readonly installationId: () => Promise<string>;
  /** Ends every connection. */
  readonly close: () => Promise<void>;
}
