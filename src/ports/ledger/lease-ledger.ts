import type { Assignment } from '../../domain/agents/commands.ts';
import type { AgentProtocol } from '../../domain/agents/registry-record.ts';
import type { SessionEnd } from '../../domain/agents/session-end.ts';
import type { FinalReport, Report } from '../../domain/agents/report.ts';
import type { AgentGuid, Fence, ProjectId, WorkId } from '../../domain/ids.ts';
import type { Writer } from './transition-ledger.ts';

export interface LeaseToWrite {
  readonly fence: Fence;
  /** Counts the awaits of one run; a lease is written only for a higher fence, or the same fence with a higher number. */
  readonly awaitNo: number;
  readonly agentGuid: AgentGuid;
  readonly taskToken: Uint8Array;
  readonly idleTimeoutMs: number;
}

export type WriteLeaseResult =
  /** `protocol`: how an agent is spoken to that registered by itself; absent for those that we started. */
  | { readonly kind: 'written'; readonly assignment: Assignment; readonly protocol?: AgentProtocol }
  /** A final report of this fence came when no activity was there to take it. */
  | { readonly kind: 'parked'; readonly report: FinalReport }
  /** The agent's session ended before there was a lease that could be failed with it; the attempt has failed so. */
  | { readonly kind: 'session-ended'; readonly cause: SessionEnd; readonly message: string }
  /** Not the current fence, run or slot; or cancelled. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A lease as the bridge uses it; the token never leaves our servers. */
export interface LiveLease {
  readonly workId: WorkId;
  readonly projectId: ProjectId;
  readonly fence: Fence;
  readonly awaitNo: number;
  readonly agentGuid: AgentGuid;
  readonly taskToken: Uint8Array;
  readonly idleTimeoutMs: number;
}

export type ReportVerdict =
  /** claimed or progress: recorded; the lease (if any) deserves a heartbeat. */
  | { readonly kind: 'recorded'; readonly lease: LiveLease | null }
  /** completed or failed under the current fence: complete the activity; without a lease, park. */
  | { readonly kind: 'final'; readonly lease: LiveLease | null }
  | { readonly kind: 'duplicate' }
  /** An older fence: recorded as refused, never applied; tell the agent to forget it. `nowAtRest`: the next attempt waited for this word. */
  | { readonly kind: 'stale'; readonly nowAtRest?: true }
  /** The item is settled; tell the agent so. */
  | { readonly kind: 'settled' }
  /** Unknown work item, wrong token or wrong agent: not recorded. */
  | { readonly kind: 'rejected'; readonly reason: string };

export type ParkResult = { readonly kind: 'parked' | 'not-current' } | { readonly kind: 'lease-changed'; readonly lease: LiveLease };

/** Leases and what agents report under them. */
export interface LeaseLedger {
  /** Under the item's row lock: looks for a parked report first, else writes the lease and the event `work:assigned`. */
  writeLease: (writer: Writer, lease: LeaseToWrite) => Promise<WriteLeaseResult>;
  /** Verifies the run token, records the report once (event key `report:<workId>:<fence>:<seq>`), says what to do with it. */
  takeReport: (report: Report) => Promise<ReportVerdict>;
  /** Keeps a final report for the next `writeLease`; under the row lock, only if the lease is still the one (`awaitNo`) that was tried. */
  parkReport: (report: FinalReport, tried: { awaitNo: number } | null) => Promise<ParkResult>;
  /** The lease of an item, for heartbeats; null when none is live. */
  findLease: (workId: WorkId, fence: Fence) => Promise<LiveLease | null>;
  /** True when a final report under this fence is parked. */
  hasParkedReport: (workId: WorkId, fence: Fence) => Promise<boolean>;
}
