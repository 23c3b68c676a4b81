import type { ProjectPolicy } from '../../domain/policy/project-policy.ts';
import type { Ledger } from '../../ports/ledger/ledger.ts';
import { createAgentLedger } from './agent-ledger.ts';
import { createAuditLedger } from './audit-ledger.ts';
import { createDatabase } from './database.ts';
import { createDeploymentLedger } from './deployment-ledger.ts';
import { createEventHistory } from './event-history.ts';
import { createEventLedger } from './event-ledger.ts';
import { createForeignLedger } from './foreign-ledger.ts';
import { createIdempotencyLedger } from './idempotency-ledger.ts';
import { createInstallationReader } from './installation.ts';
import type { LedgerContext } from './ledger-context.ts';
import { createLeaseLedger } from './lease-ledger.ts';
import { createHoldLedger } from './hold-ledger.ts';
import { createHostLedger } from './host-ledger.ts';
import { createProjectLedger } from './project-ledger.ts';
import { createReconcileLedger } from './reconcile-ledger.ts';
import { createRoutingLedger } from './routing-ledger.ts';
import { createSessionLedger } from './session-ledger.ts';
import { createSlotLedger } from './grant-slots.ts';
import { createSpinUpLedger } from './spin-up-ledger.ts';
import { createStatsLedger } from './stats-ledger.ts';
import { createTargetLedger } from './target-ledger.ts';
import { createTokenLedger } from './token-ledger.ts';
import { createTransitionLedger } from './transition-ledger.ts';
import { createWorkLedger } from './work-ledger.ts';

export interface LedgerOptions {
  readonly databaseUrl: string;
  /** Connections of this process at most; the relay's leadership takes one more. */
  readonly poolMax: number;
  /** The policy of a project that has stored none. */
  readonly defaultPolicy: ProjectPolicy;
  /** Idle limit of agents on a target that names none; 0 = never. */
  readonly defaultIdleTimeoutMs: number;
  /** For whom this Weft runs; absent = for nobody in particular. */
  readonly user?: string;
  /** Refuse a database that belongs to another installation. */
  readonly installationId?: string;
  /** Longest wait for a connection. */
  readonly connectTimeoutMs?: number;
  /** Longest a single statement may take; keep it below the start-to-close of the activities that write (5 s). */
  readonly statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 3000;
const STATEMENT_TIMEOUT_MS = 4000;

/** The ledger in PostgreSQL. Connects on first use; close it to let the process end. */
export function createLedger(options: LedgerOptions): Ledger {
  const database = createDatabase({
    databaseUrl: options.databaseUrl,
    poolMax: options.poolMax,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    statementTimeoutMs: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
  });
  const installation = createInstallationReader(database, options.installationId);
  const { defaultPolicy, defaultIdleTimeoutMs, user = null } = options;
  const context: LedgerContext = { database, installation, defaultPolicy, defaultIdleTimeoutMs, user };
  return {
    work: createWorkLedger(context),
    transitions: createTransitionLedger(context),
    slots: createSlotLedger(context),
    leases: createLeaseLedger(context),
    sessions: createSessionLedger(context),
    agents: createAgentLedger(database),
    foreign: createForeignLedger(context),
    stats: createStatsLedger(database),
    targets: createTargetLedger(database),
    spinUps: createSpinUpLedger(database),
    deployments: createDeploymentLedger(database),
    events: createEventLedger(options.databaseUrl),
    idempotency: createIdempotencyLedger(database),
    audit: createAuditLedger(database),
    projects: createProjectLedger(context),
    holds: createHoldLedger(database),
    hosts: createHostLedger(database),
    tokens: createTokenLedger(database),
    history: createEventHistory(database),
    routing: createRoutingLedger(context),
    reconcile: createReconcileLedger(database),
    installationId: async () => (await installation()).id,
    close: () => database.close(),
  };
}
