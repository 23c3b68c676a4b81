import type { AgentGuid, Fence, ProjectId } from '../ids.ts';
import type { GrantTerms } from '../scheduling/grant.ts';
import type { WorkLimits } from './work-item.ts';

/** What the workflow needs to know of its item; small, because it enters the history. */
export interface WorkBrief {
  readonly projectId: ProjectId;
  readonly capability: string;
  readonly boundary: string;
  readonly limits: WorkLimits;
  readonly acceptedAtMs: number;
  readonly deadlineMs: number | null;
  /** Counted attempts so far; above 0 when a run took over from another. */
  readonly attempts: number;
}

export type AdmitResult =
  | { readonly kind: 'queued'; readonly brief: WorkBrief }
  /** Cancelled before it began; the run must settle it. */
  | { readonly kind: 'cancel-requested'; readonly reason: string }
  /** No policy rule lets anything take it, or an item on which it depends has failed, or a person has rejected it; the run must settle it. */
  | { readonly kind: 'forbidden'; readonly reason: string; readonly failureClass?: 'dependency' | 'rejected' }
  | { readonly kind: 'already-settled' };

/** A slot that is an item's, with the agent of it. */
export interface TakenGrant extends GrantTerms {
  readonly kind: 'taken';
  readonly fence: Fence;
  readonly agentGuid: AgentGuid;
  readonly session: 'to-start' | 'running';
}

export type TakeGrantResult =
  | TakenGrant
  /** Released, cancelled, or of an older fence; the item goes on waiting. */
  | { readonly kind: 'refused'; readonly reason: string };
