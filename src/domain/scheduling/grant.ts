import type { AgentGuid, Fence, GrantId, TargetId, WorkId } from '../ids.ts';
import type { MechanismName } from '../targets/target.ts';
import type { StartableWork } from '../work/startable-work.ts';
import type { OwnRetryRules } from '../work/retry-rules.ts';

/** A free agent (without a target when it registered by itself), or a start of a new one. */
export type GrantChoice =
  { readonly kind: 'agent'; readonly agentGuid: AgentGuid; readonly targetId: TargetId | null } | { readonly kind: 'start'; readonly targetId: TargetId };

/** A slot as it is handed to an item. */
export interface Grant {
  readonly grantId: GrantId;
  readonly fence: Fence;
  readonly choice: GrantChoice;
  /** Absent in one that an earlier version told: the item asks the ledger for them (`takeGrant`). */
  readonly terms?: GrantTerms;
}

/** What a workflow shows of the attempt, and how its failures are retried. */
export interface GrantTerms {
  /** The attempt's number for people, from 1. */
  readonly attempt: number;
  /** null: an agent that registered by itself. */
  readonly targetName: string | null;
  readonly mechanism: MechanismName | null;
  /** What the item's project says of retries now; without it, the defaults. */
  readonly retry?: OwnRetryRules;
}

/** A free agent of ours that leaves the free set for good. */
export interface Retirement {
  readonly agentGuid: AgentGuid;
  /** Free for longer than its limit and wanted by nobody · its target, its project or everything is being drained. */
  readonly reason: 'idle' | 'drained';
}

/** When the next round of granting is due. */
export interface GrantRound {
  /** Worth looking again after this many ms; null when nothing waits for time. */
  readonly lookAgainInMs: number | null;
  /** The round was cut by a bound: look again at once. */
  readonly more: boolean;
}

/** A grant, and whom to tell. */
interface GrantToTell extends Grant {
  readonly workId: WorkId;
  /** The item, when its workflow is not known to have been started. */
  readonly unstarted: StartableWork | null;
}

/** A round as the ledger made it: what it leaves to be told to others. */
export interface LedgerRound extends GrantRound {
  /** Every grant that its item has not answered yet, the new ones included; bounded. */
  readonly grants: readonly GrantToTell[];
  /** Sessions that were retired or asked to stop, in this round or earlier, and that must still be told, with why; bounded. */
  readonly retire: readonly { readonly agentGuid: AgentGuid; readonly reason: string }[];
  /** Agents granted without a work item, in this round or earlier, whose supervision is not known to have been started; bounded. */
  readonly starts: readonly AgentGuid[];
  /** Items that nobody has approved in time, and why they are rejected: their workflows are told. */
  readonly rejected: readonly { readonly workId: WorkId; readonly reason: string }[];
  /** Items whose deadline has passed, and whose workflows are to be told; bounded. Said once: the reconciler repeats it. */
  readonly expired: readonly WorkId[];
  /** Items that fail because one that they depend on did, and whose workflows are to be told; bounded. Said once: the reconciler repeats it. */
  readonly failedDependents: readonly { readonly workId: WorkId; readonly reason: string }[];
}
