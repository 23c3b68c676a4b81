import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DeploymentId } from '../domain/deployments/deployment.ts';
import type { Fence, HostId, TargetId, WorkId } from '../domain/ids.ts';
import type { CancelAnswer } from '../domain/work/outcome.ts';
import type { Grant } from '../domain/scheduling/grant.ts';
import type { WorkBrief } from '../domain/work/transition-results.ts';

/** To `workItem`: here is your slot; repeated until the item has answered in the ledger. */
export const grantSignal = defineSignal<[Grant]>('grant');

export interface CancelRequest {
  readonly reason: string;
}

/** To `workItem`: only records; the main loop decides after the whole activation. */
export const cancelUpdate = defineUpdate<CancelAnswer, [CancelRequest]>('cancel');

export interface Expiry {
  readonly failedDependency: string | null;
  /** Why it was rejected. */
  readonly rejection?: string;
}

/** To `workItem`: its total time has run out (the reconciler noticed), an item on which it depends has failed, or it was rejected. */
export const expireSignal = defineSignal<[Expiry?]>('expire');

export interface WorkChange {
  readonly priority: number;
  readonly deadline: string | null;
  /** When the row was changed: of two that overtook each other the later holds. */
  readonly changedAt: string;
}
/** To `workItem`: its row has another priority or deadline. */
export const changedSignal = defineSignal<[WorkChange]>('changed');

/** To `coordinator` and `deployment`: something changed; look. Carries nothing, so any number of them are one. */
export const wakeSignal = defineSignal('wake');

export interface StopSession {
  readonly reason: string;
  /** Its host was declared gone: nobody can verify the end of the agent, and nobody is waited for. Absent = false. */
  readonly hostGone?: boolean;
}
/** To `agentSession`: end the agent, verified. The ledger has already taken it out of the free set. */
export const stopSessionSignal = defineSignal<[StopSession]>('stop');

/** Input of `workItem`. */
export interface WorkItemInput {
  readonly workId: WorkId;
  /** Of an item that stands in the queue since it was submitted; absent = it is to be admitted first. */
  readonly brief?: WorkBrief;
  /** It was started with: where the grant says what there is to show, its search attributes show that attempt from the beginning. */
  readonly grant?: Grant;
  /** In what an earlier version started, in place of the grant, which came as a signal (may go from 2027-08 on). */
  readonly shownFence?: Fence;
}

/** Input of `coordinator`. */
export interface CoordinatorInput {
  /** It looks at least this often, so that a lost wake only delays. */
  readonly intervalMs: number;
  /** A run ends after as many rounds, and the next one goes on; one of an earlier version only when Temporal suggests it. */
  readonly roundsMax?: number;
}

/** Input of `deployment`. */
export interface DeploymentInput {
  readonly deploymentId: DeploymentId;
}

/** Input of `probeTarget`. */
export interface ProbeTargetInput {
  readonly targetId: TargetId;
  readonly hostId: HostId;
  /** Task queue of the host that looks. */
  readonly hostQueue: string;
  /** All of it, from asking to answering. */
  readonly timeoutMs: number;
}

/** Input of `targetHealth`. */
export interface TargetHealthInput {
  readonly targetId: TargetId;
}
