import type { Assignment } from '../../domain/agents/commands.ts';
import type { AgentProtocol } from '../../domain/agents/registry-record.ts';
import type { SessionEnd } from '../../domain/agents/session-end.ts';
import type { FinalReport, Report } from '../../domain/agents/report.ts';
import type { Author } from '../../domain/access/actor.ts';
import type { AgentGuid, Fence, ProjectId, WorkId } from '../../domain/ids.ts';
import type { QuestionId } from '../../domain/work/question.ts';
import type { Aftermath, Writer } from './transition-ledger.ts';

export interface LeaseToWrite {
  readonly fence: Fence;
  /** Counts the awaits of one run; a lease is written only for a higher fence, or the same fence with a higher number. */
  readonly awaitNo: number;
  readonly agentGuid: AgentGuid;
  readonly taskToken: Uint8Array;
  readonly idleTimeoutMs: number;
  /** The question for which the agent is awaited without an idle clock; absent = its idle clock runs. */
  readonly questionId?: QuestionId | undefined;
}

/** An answer that the agent has not taken yet; null = nobody answered. */
export interface UndeliveredAnswer {
  readonly questionId: QuestionId;
  readonly answer: string | null;
}

export type WriteLeaseResult =
  /**
   * The assignment is to be offered; with an answer, that is to be delivered then. `protocol`: how an agent is spoken to that
   * registered by itself; absent for those that we started. `toSupervise`: the agent's supervision may not have been started yet.
   */
  | {
      readonly kind: 'written';
      readonly assignment: Assignment;
      readonly undelivered?: UndeliveredAnswer;
      readonly protocol?: AgentProtocol;
      readonly toSupervise?: true;
    }
  /** Written without an idle clock: the agent is at work and waits for its answer. */
  | { readonly kind: 'waits-for-answer' }
  /** The agent has asked a question: await it without an idle clock, for so long. */
  | { readonly kind: 'asked'; readonly questionId: QuestionId; readonly waitMs: number }
  /** The question is no longer open: the idle clock runs again. */
  | { readonly kind: 'resumed' }
  /** Nobody answered in time, and the attempt fails for that. */
  | { readonly kind: 'unanswered'; readonly message: string }
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
  /** The question that has stopped its idle clock; null = it runs. */
  readonly questionId: QuestionId | null;
}

/** With the time since it was written, which started its idle clock. */
export interface AgedLease extends LiveLease {
  readonly ageMs: number;
}

/** An answer that somebody is yet to tell the await of. */
type UntoldAnswer = Pick<LiveLease, 'workId' | 'taskToken'>;

/** What an agent that we speak to has not taken yet, as far as it has told. */
export interface UntakenLease {
  readonly assignment: Assignment;
  readonly taskToken: Uint8Array;
}

/** The lease is that of the await to be completed as `resumed`; null = nothing awaits it, or the next await finds the answer. */
export type AnswerResult =
  | { readonly kind: 'answered' | 'joined'; readonly lease: LiveLease | null }
  | { readonly kind: 'closed'; readonly why: 'answered' | 'expired' | 'withdrawn' }
  | { readonly kind: 'not-a-choice'; readonly choices: readonly string[] }
  | { readonly kind: 'not-found' };

export type ReportVerdict =
  /** claimed or progress: recorded; the lease (if any) deserves a heartbeat. */
  | { readonly kind: 'recorded'; readonly lease: AgedLease | null }
  /** failed under the current fence, or completed when a cancel was asked for: complete the activity; without a lease, park. */
  | { readonly kind: 'final'; readonly lease: LiveLease | null }
  /** completed under the current fence: the item is settled with it. Complete the activity (null = nothing awaits it), and tell others. */
  | { readonly kind: 'completed'; readonly taskToken: Uint8Array | null; readonly aftermath: Aftermath }
  /** A question that is open: complete the activity with it; without a lease, the next one finds it. */
  | { readonly kind: 'asked'; readonly lease: LiveLease | null; readonly questionId: QuestionId; readonly waitMs: number }
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
  /**
   * Under the item's row lock: looks for a parked report first, else takes the slot that was granted under this fence (for a start it
   * writes the session's row `starting`), and writes the lease and the event `work:assigned`.
   */
  writeLease: (writer: Writer, lease: LeaseToWrite) => Promise<WriteLeaseResult>;
  /** Verifies the run token, records the report once (event key `report:<workId>:<fence>:<seq>`), says what to do with it. */
  takeReport: (report: Report) => Promise<ReportVerdict>;
  /** Keeps a final report for the next `writeLease`; under the row lock, only if the lease is still the one (`awaitNo`) that was tried. */
  parkReport: (report: FinalReport, tried: { awaitNo: number } | null) => Promise<ParkResult>;
  /** The lease of an item, for heartbeats; null when none is live. */
  findLease: (workId: WorkId, fence: Fence) => Promise<AgedLease | null>;
  /** True when a final report under this fence is parked. */
  hasParkedReport: (workId: WorkId, fence: Fence) => Promise<boolean>;
  /** True when a question under this fence is open, or its answer is on its way to the agent. */
  hasQuestion: (workId: WorkId, fence: Fence) => Promise<boolean>;
  /** A person's answer, recorded once; the same again joins. */
  answerQuestion: (workId: WorkId, given: { questionId: QuestionId; answer: string; author: Author }) => Promise<AnswerResult>;
  /** The agent has taken the answer. */
  recordDelivered: (workId: WorkId, questionId: QuestionId) => Promise<void>;
  /** Answers whose await still has no idle clock, the oldest first: the api that recorded them may have died. */
  findUntold: (page: { limit: number }) => Promise<readonly UntoldAnswer[]>;
  /** Leases that were written so long ago and not claimed, the oldest first: the worker that was to hand them over may have died. */
  findUntaken: (page: { olderThanMs: number; limit: number }) => Promise<readonly UntakenLease[]>;
  /**
   * Items whose slot was granted or taken so long ago and for which there is no lease, or whose report has been parked for so long, the oldest
   * first: the worker that was to write the lease may have died.
   */
  findUnleased: (page: { olderThanMs: number; limit: number }) => Promise<readonly WorkId[]>;
}
