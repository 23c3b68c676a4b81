import type { SessionState } from '../agents/session.ts';

/** What Temporal says of the current run of a workflow id. */
export type RunDescription =
  | { readonly kind: 'running'; readonly runId: string }
  /** `retries`: how often its item had been driven again when it was started; absent = never. */
  | { readonly kind: 'closed'; readonly runId: string; readonly status: string; readonly retries?: number }
  | { readonly kind: 'unknown' };

export interface ItemFacts {
  /** The run that the row knows; null = its workflow was never seen. */
  readonly runId: string | null;
  /** How often it was driven again after it had failed. */
  readonly retries: number;
  readonly cancelReason: string | null;
  /** Why it is not to be done; null = it was not rejected. */
  readonly rejection: string | null;
  /** Why it fails with another item on which it depends; null = it does not. */
  readonly failedDependency: string | null;
  /** When it must be settled (deadline or total limit). */
  readonly settleByMs: number;
}

export type ItemVerdict =
  | { readonly kind: 'fine' }
  /** Accepted, or to be driven again, but the workflow of that was never started. */
  | { readonly kind: 'start' }
  /** The wish to cancel stands in the row and the workflow has not acted on it. */
  | { readonly kind: 'tell-cancel'; readonly reason: string }
  /** It is to end without an attempt of its own: its time is up, or, with a reason, an item on which it depends has failed. */
  | { readonly kind: 'expire'; readonly failedDependency: string | null }
  | { readonly kind: 'reject'; readonly reason: string }
  /** Its workflow has ended without settling. */
  | { readonly kind: 'terminated'; readonly runId: string; readonly message: string };

/** What the reconciler does about an unsettled item. */
export function judgeItem(item: ItemFacts, run: RunDescription, nowMs: number): ItemVerdict {
  switch (run.kind) {
    case 'running':
      return judgeRunning(item, nowMs);
    case 'closed':
      return isOfEarlierDrive(item, run)
        ? { kind: 'start' }
        : { kind: 'terminated', runId: item.runId ?? run.runId, message: `its workflow was ended (${run.status.toLowerCase()}) before it was settled` };
    case 'unknown':
      if (item.runId === null) return { kind: 'start' };
      return { kind: 'terminated', runId: item.runId, message: 'its workflow no longer exists' };
  }
}

function judgeRunning({ cancelReason, rejection, failedDependency, settleByMs }: ItemFacts, nowMs: number): ItemVerdict {
  if (cancelReason !== null) return { kind: 'tell-cancel', reason: cancelReason };
  if (rejection !== null) return { kind: 'reject', reason: rejection };
  if (failedDependency !== null) return { kind: 'expire', failedDependency };
  return nowMs >= settleByMs ? { kind: 'expire', failedDependency: null } : { kind: 'fine' };
}

/** The item is to be driven again, and the run of that is still to be started. */
function isOfEarlierDrive(item: ItemFacts, run: Extract<RunDescription, { kind: 'closed' }>): boolean {
  return item.runId === null && (run.retries ?? 0) < item.retries;
}

export type SessionVerdict =
  | { readonly kind: 'fine' }
  /** Written with a lease, but the workflow was never started: who was to do it has died. */
  | { readonly kind: 'start' }
  /** Draining, but its workflow may not have been told. */
  | { readonly kind: 'tell-stop' }
  /** Its host was declared gone, but its workflow may not have been told. */
  | { readonly kind: 'tell-host-gone'; readonly reason: string }
  | { readonly kind: 'reap'; readonly message: string };

export interface SessionFacts {
  readonly state: SessionState;
  /** Why it ends, when its host was declared gone; else null. */
  readonly hostGone: string | null;
}

/** What the reconciler does about a session that is not gone. */
export function judgeSession({ state, hostGone }: SessionFacts, run: RunDescription): SessionVerdict {
  if (run.kind === 'unknown' && state === 'starting' && hostGone === null) return { kind: 'start' };
  if (run.kind !== 'running')
    return { kind: 'reap', message: run.kind === 'closed' ? `its supervision was ended (${run.status.toLowerCase()})` : 'its supervision does not exist' };
  if (hostGone !== null) return { kind: 'tell-host-gone', reason: hostGone };
  return { kind: state === 'draining' ? 'tell-stop' : 'fine' };
}
