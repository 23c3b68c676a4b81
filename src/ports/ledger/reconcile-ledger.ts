import type { AgentGuid, ProjectId, WorkId } from '../../domain/ids.ts';
import type { ItemFacts, SessionFacts } from '../../domain/work/judge-holder.ts';
import type { Aftermath } from './transition-ledger.ts';
import type { LiveLease } from './lease-ledger.ts';

/** An unsettled item as the reconciler checks it. */
export interface ItemHolder extends ItemFacts {
  readonly workId: WorkId;
  readonly projectId: ProjectId;
  /** It waits, and holds nothing. */
  readonly holdsNothing: boolean;
}

export interface SessionHolder extends SessionFacts {
  readonly guid: AgentGuid;
  readonly projectId: ProjectId;
  /** Started for a spin-up whose time is up, though the agent has not registered. */
  readonly overdue: boolean;
}

/** What the reconciler reads and mends: rows whose workflow was ended or replaced by an operator. */
export interface ReconcileLedger {
  /** Items not settled whose row is older than `olderThanMs`, after `afterWorkId`, in order of id. */
  listItems: (page: { olderThanMs: number; after: WorkId | null; limit: number }) => Promise<readonly ItemHolder[]>;
  /** Sessions not gone, likewise; but not those of spin-ups, in their time, whose supervision the coordinator has yet to start. */
  listSessions: (page: { olderThanMs: number; after: AgentGuid | null; limit: number }) => Promise<readonly SessionHolder[]>;
  /**
   * The item's workflow `runId` was ended by an operator: dead-lettered with `terminated-by-operator`, slot and lease released
   * (event). Null when the row has moved on (another run, settled).
   */
  settleTerminated: (item: { workId: WorkId; runId: string; message: string }) => Promise<Aftermath | null>;
  /** The session's workflow was ended by an operator: draining; returns the item's live lease to fail, or null. */
  recordSessionTerminated: (guid: AgentGuid, message: string) => Promise<LiveLease | null>;
  /** Ends an overdue session and its spin-up (`timeout`, event); false when the agent has registered, or somebody else has ended it. */
  recordSpinUpTimeout: (guid: AgentGuid) => Promise<boolean>;
}
