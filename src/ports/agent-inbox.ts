import type { BridgeStatus } from '../domain/agents/commands.ts';
import type { Heartbeat, Report } from '../domain/agents/report.ts';

/** `taken`: acknowledge. `retry`: deliver again after a delay. */
export type ReportDisposal = 'taken' | 'retry';

/** What agents send, as the bridge receives it. */
export interface AgentInbox {
  /**
   * Reads the report stream with the shared durable consumer until `signal` aborts. Each report is acknowledged only after
   * `onReport` said `taken`; one that cannot be parsed is logged and acknowledged. At most `concurrency` at a time; reports
   * of one work item are handled one after the other.
   */
  consumeReports: (onReport: (report: Report) => Promise<ReportDisposal>, options: { concurrency: number; signal: AbortSignal }) => Promise<void>;
  /** Each heartbeat reaches one bridge of the queue group. Malformed ones are dropped. */
  consumeHeartbeats: (onHeartbeat: (heartbeat: Heartbeat) => Promise<void>, signal: AbortSignal) => Promise<void>;
  /** Answers `BRIDGE_STATUS_SUBJECT` with this until `signal` aborts. */
  answerStatus: (status: () => Promise<BridgeStatus>, signal: AbortSignal) => Promise<void>;
  /** How long NATS has been connected without a break and how many reports wait; the facts for `answerStatus`. */
  status: () => Promise<BridgeStatus>;
}
