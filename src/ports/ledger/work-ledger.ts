import type { Author } from '../../domain/access/actor.ts';
import type { IdempotencyKey } from '../../domain/work/idempotency-key.ts';
import type { WeftEvent } from '../../domain/events/event.ts';
import type { AgentGuid, Fence, ProjectId, WorkId } from '../../domain/ids.ts';
import type { StoredApproval } from '../../domain/work/approval.ts';
import type { Classification } from '../../domain/work/classify.ts';
import type { RetryVerdict } from '../../domain/work/batch-retry.ts';
import type { NewWorkItem } from '../../domain/work/normalise-submit.ts';
import type { DeadLetterClass } from '../../domain/work/outcome.ts';
import type { WorkAttempt } from '../../domain/work/attempt.ts';
import type { WorkItem, WorkStatus } from '../../domain/work/work-item.ts';
import type { Page, PageRequest } from './page.ts';

/** A new item with who submits it, and the key with which a repeat is told from another one. */
export interface Offer {
  readonly item: NewWorkItem;
  readonly key: IdempotencyKey | null;
  readonly author: Author;
  /** A JSON pointer to the item in its request, for what is wrong with it; absent = the body. */
  readonly pointer?: string;
}

export interface SubmitResult {
  /** joined: the same key and the same body came before. */
  readonly kind: 'accepted' | 'joined';
  readonly item: WorkItem;
  /** Under the project's policy as it is now. */
  readonly classification: Classification;
}

export type CancelRequestResult =
  { readonly kind: 'requested'; readonly item: WorkItem } | { readonly kind: 'already-settled'; readonly item: WorkItem } | { readonly kind: 'not-found' };

export type ReassignRequestResult =
  /** Its agent is on its way out: ask the session to stop. */
  | { readonly kind: 'taken-back'; readonly agentGuid: AgentGuid }
  /** No agent has it. */
  | { readonly kind: 'waits' }
  /** Weft did not start the agent that has it, and cannot stop it. */
  | { readonly kind: 'not-ours'; readonly agentGuid: AgentGuid }
  | { readonly kind: 'cancelling' }
  | { readonly kind: 'already-settled'; readonly status: WorkStatus }
  | { readonly kind: 'not-found' };

/** What may be changed of an item; a time of null = none. */
export interface WorkChange {
  readonly priority?: number;
  readonly deadline?: string | null;
  /** Only before it has started. */
  readonly notBefore?: string | null;
}

export type UpdateResult =
  | { readonly kind: 'updated' | 'unchanged' | 'already-started' | 'already-settled'; readonly item: WorkItem }
  /** The deadline that is given has passed, or would not be after notBefore. */
  | { readonly kind: 'no-time-left'; readonly field: 'deadline' | 'notBefore'; readonly message: string; readonly item: WorkItem }
  | { readonly kind: 'not-found' };

/** `joined`: the same was decided before by the same. `not-asked`: nobody is asked about it now. */
export type ApprovalResult =
  | { readonly kind: 'decided' | 'joined' | 'own-item' | 'not-found' }
  | { readonly kind: 'closed'; readonly state: StoredApproval['state'] | 'expired' | 'not-asked' };

export type RetryResult =
  /** `not-failed`: only a dead letter is driven again. */
  { readonly kind: 'retried' | Exclude<RetryVerdict, 'retriable'>; readonly item: WorkItem } | { readonly kind: 'not-found' };

/** Items to do something with: those of `ids` that there are, those for which `filter` holds, or both; not both null. */
export interface WorkChoice {
  readonly ids: readonly WorkId[] | null;
  /** Without a status, and without ids, only items that have not ended. Without ids, none whose cancel is under way. */
  readonly filter: WorkFilter | null;
  readonly limit: number;
  /** First those whose deadline has not passed, so that the others hide none of them. */
  readonly inTimeFirst?: boolean;
}

export type PickedWork = Pick<WorkItem, 'id' | 'projectId' | 'status' | 'phase'> & { readonly deadlineMs: number | null };

/** Items of one project for which everything that is given holds. */
export interface WorkFilter {
  readonly projectId: ProjectId;
  readonly status?: WorkStatus;
  /** Failed for good, with this class. */
  readonly failureClass?: DeadLetterClass;
  readonly boundary?: string;
  readonly capability?: string;
  readonly submitter?: string;
  readonly taskId?: string;
  readonly assignedTo?: AgentGuid;
  /** Whom it waits for. */
  readonly waitsFor?: 'person';
  /** At least this. */
  readonly priorityMin?: number;
  /** Stands in the task id or in the first 4,096 characters of the description, in capitals or not. */
  readonly text?: string;
  /** From this moment on, and before that one. */
  readonly offeredAfter?: string;
  readonly offeredBefore?: string;
  readonly updatedAfter?: string;
  readonly updatedBefore?: string;
}

/** A place in the list's order: priority descending, then offered first, then id. */
export interface WorkPosition {
  readonly priority: number;
  readonly offeredAt: string;
  readonly id: WorkId;
}

/** What the API reads and writes about work. Every method throws `LEDGER_UNAVAILABLE` when PostgreSQL is away. */
export interface WorkLedger {
  /**
   * One transaction: the idempotency key (with the body's hash), the row and its event `work:submitted`. An item that something may
   * take and that depends on no other is in the queue by then (`waiting`, `work:queued`); any other is `accepted`, for its workflow to admit.
   * Throws `BAD_REQUEST` (its deadline has passed, or is not after notBefore), `IDEMPOTENCY_MISMATCH` (same key, other body) and `COMMIT_UNKNOWN` (the connection broke during commit; details: workId).
   */
  submit: (offer: Offer) => Promise<SubmitResult>;
  find: (workId: WorkId) => Promise<WorkItem | null>;
  /** The same with its `position`, while it waits in the queue. */
  findPlaced: (workId: WorkId) => Promise<WorkItem | null>;
  /** At most `limit` items, priority descending, then oldest first; a page of heavy items ends earlier. */
  list: (filter: WorkFilter, page: PageRequest<WorkPosition>) => Promise<Page<WorkItem>>;
  /** Events of one item in order, after `afterSeq`, at most `limit`. */
  eventsOf: (workId: WorkId, page: { afterSeq: number; limit: number }) => Promise<readonly WeftEvent[]>;
  /** Tries of one item under fences below `beforeFence`, the newest first, at most `limit`. */
  attemptsOf: (workId: WorkId, page: { beforeFence: Fence; limit: number }) => Promise<readonly WorkAttempt[]>;
  /** Writes the wish to cancel into the row, first of all; a repeat changes nothing. */
  requestCancel: (workId: WorkId, reason: string, author: Author) => Promise<CancelRequestResult>;
  /**
   * Takes the item from the agent that has it: the agent's session is on its way out (the caller asks it to stop; the
   * reconciler does if nobody did), and when it has ended the try counts as interrupted and another follows.
   */
  requestReassign: (workId: WorkId, reason: string, author: Author) => Promise<ReassignRequestResult>;
  /** Changes priority, deadline or notBefore of an item that has not ended, also in the queue (event `work:updated` when anything changed). */
  update: (workId: WorkId, wish: { change: WorkChange; author: Author }) => Promise<UpdateResult>;
  /**
   * Makes a dead letter an accepted item again (event `work:retried`): attempts and total time count from now, the fence goes on,
   * and no run owns it, so that the caller, or the sweeper, starts a new one. A deadline that is given replaces the old one.
   */
  retry: (workId: WorkId, wish: { deadline?: string | null; author: Author }) => Promise<RetryResult>;
  /** A person's decision about an item that waits for one; the first counts. `namesCount` = who submitted it may not approve it. */
  decideApproval: (
    workId: WorkId,
    decision: { verdict: 'approved' | 'rejected'; reason?: string | undefined; author: Author; namesCount: boolean },
  ) => Promise<ApprovalResult>;
  /** At most `limit` of the chosen items, the most urgent first. */
  pick: (choice: WorkChoice) => Promise<readonly PickedWork[]>;
  /** Items startable for at least `olderThanMs` whose workflow is not known to have been started, the longest first, for the sweeper. */
  findUnstarted: (page: { olderThanMs: number; limit: number }) => Promise<readonly WorkItem[]>;
  /** Its workflow was started; until somebody says so, the sweeper starts it again. */
  recordStarted: (workId: WorkId) => Promise<void>;
  /** True when a trivial query is answered. */
  ping: () => Promise<boolean>;
}
