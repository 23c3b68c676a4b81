import type { AgentGuid, Fence, GrantId, ProjectId, WorkId } from '../../domain/ids.ts';
import type { GrantChoice } from '../../domain/scheduling/grant.ts';
import type { ForeignHold } from '../../domain/agents/foreign-hold.ts';
import type { AttemptFailure, WorkOutcome } from '../../domain/work/outcome.ts';
import type { AdmitResult, TakeGrantResult } from '../../domain/work/transition-results.ts';

/** Who writes: the run of `work-<workId>`. A run that the row does not know writes nothing (see `admit` for how one takes over). */
export interface Writer {
  readonly workId: WorkId;
  readonly runId: string;
}

export interface GrantToTake {
  readonly grantId: GrantId;
  readonly choice: GrantChoice;
  /** GUID for an agent that is to be started; chosen by the workflow, so that a repeat names the same one. */
  readonly newGuid: AgentGuid;
}

/** What must still be told to others after a transition; the caller does it, at least once. */
export interface Aftermath {
  readonly workId: WorkId;
  readonly projectId: ProjectId;
  /** A session whose agent still works on the fence that ended: ask it to stop. */
  readonly stopSession: AgentGuid | null;
  /** An agent that reported its end itself: tell it that the fence is settled. */
  readonly settledAgent: { readonly guid: AgentGuid; readonly fence: Fence } | null;
  /** How the item had ended before; absent = it had not, or in the same way. */
  readonly ended?: WorkOutcome;
  /** An agent that Weft did not start and that may still be at work: tell it to stop. The bridge tells it again until it has said that it has. */
  readonly stopForeign?: ForeignHold | null;
}

/**
 * The transitions of a work item, one transaction each, written by its workflow. All are idempotent: the same call again
 * changes nothing and returns what was returned. All but `admit` throw `STALE_RUN` when the row belongs to another run.
 */
export interface TransitionLedger {
  /**
   * First write of a run: classifies (pure `classify` with the project's policy), records the rule, writes the queue row.
   * A run that the row does not know takes over only with `takeOver: true` (the caller has seen that Temporal calls it the
   * current one): what the old run held is released, its session asked to stop. Else throws `STALE_RUN`.
   */
  admit: (writer: Writer, takeOver: boolean) => Promise<{ result: AdmitResult; aftermath: Aftermath }>;
  /** Takes or refuses a granted slot; for a start writes the session's row `starting`; refuses after a cancel was written. */
  takeGrant: (writer: Writer, grant: GrantToTake) => Promise<TakeGrantResult>;
  /** The attempt under `fence` failed and another follows: slot released, lease withdrawn, back in the queue after `delayMs`. */
  requeue: (writer: Writer, step: { fence: Fence; failure: AttemptFailure | null; delayMs: number; reason: string; counted: boolean }) => Promise<Aftermath>;
  /** The end of an item: final event, slot released, lease withdrawn, queue row removed. `fence` = the last one held, 0 = none. */
  settle: (writer: Writer, end: { fence: Fence; outcome: WorkOutcome }) => Promise<Aftermath>;
}
