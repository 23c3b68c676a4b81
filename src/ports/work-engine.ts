import type { AgentGuid, HostId, ProjectId, TargetId, WorkId } from '../domain/ids.ts';
import type { AgentSessionInput } from '../domain/agents/session-input.ts';
import type { HealthSchedule } from '../domain/targets/health-schedule.ts';
import type { ProbeResult } from '../domain/targets/probe.ts';
import type { MechanismName } from '../domain/targets/target.ts';
import type { Grant } from '../domain/scheduling/grant.ts';
import type { StartableWork } from '../domain/work/startable-work.ts';
import type { AwaitOutcome, CancelAnswer } from '../domain/work/outcome.ts';
import type { RunDescription } from '../domain/work/judge-holder.ts';
import type { WorkItem } from '../domain/work/work-item.ts';
import type { DeploymentKey } from './ledger/deployment-ledger.ts';

/** The activity behind a task token: `gone` = it was completed, timed out, cancelled or replaced before. */
export type TokenAnswer = 'done' | 'gone';

/** A look at a target. `timeoutMs` bounds all of it. */
export interface ProbeRequest {
  readonly targetId: TargetId;
  readonly targetName: string;
  readonly projectId: ProjectId;
  readonly mechanism: MechanismName;
  readonly hostId: HostId;
  readonly timeoutMs: number;
}

/** heard: by a worker, which makes a round that begins after the call · signalled: the coordinator's workflow, whenever a worker is there. */
export type Woken = 'heard' | 'signalled';

/**
 * What Weft asks of the workflow engine from outside a workflow. Every call is bounded in time and throws
 * `ENGINE_UNAVAILABLE` when Temporal is away.
 */
export interface WorkEngine {
  /** Starts `work-<id>` with its search attributes and summary; starting one that runs or has run changes nothing, but a run for each time that the item is driven again. */
  startWork: (item: StartableWork) => Promise<void>;
  /** Starts `agent-<guid>`; one that runs changes nothing. `reap` may follow a run that was ended. */
  startSession: (input: AgentSessionInput) => Promise<void>;
  /**
   * Has a granting round made soon, by a worker that hears of it or by the coordinator's workflow; calls made while one is under way
   * become one. A wake that gets lost with the worker that heard it only delays: the workflow looks by itself.
   */
  wakeCoordinator: () => Promise<Woken>;
  /** Starts the coordinator's workflow, and has it make a round also when it runs. */
  ensureCoordinator: () => Promise<void>;
  /** Wakes (or starts) the workflow of a deployment; it looks at its rows. */
  wakeDeployment: (deployment: DeploymentKey) => Promise<void>;
  /** Tells the running workflow which slot was granted to its item; a repeat changes nothing. `item`: of a workflow that is to be started with it, where it is not. */
  tellGrant: (workId: WorkId, grant: Grant, item: StartableWork | null) => Promise<'told' | 'not-running'>;
  /** Tells the running workflow; `not-running` = it has not been started or has ended. */
  cancelWork: (workId: WorkId, reason: string) => Promise<CancelAnswer | 'not-running'>;
  /** Tells the running workflow that its total time has run out. */
  expireWork: (workId: WorkId, failedDependency: string | null) => Promise<'told' | 'not-running'>;
  /** Tells the running workflow why its item was rejected. */
  rejectWork: (workId: WorkId, reason: string) => Promise<'told' | 'not-running'>;
  /**
   * Tells the running workflow the item's priority and deadline, for its search attributes and its own reckoning. Nobody tells it
   * again: the row decides who gets a slot and when the time is up, and until the next change only a person's filter is misled.
   */
  changeWork: (item: WorkItem) => Promise<'told' | 'not-running'>;
  stopSession: (guid: AgentGuid, reason: string) => Promise<'told' | 'not-running'>;
  /** As `stopSession`, of an agent whose host was declared gone: its end is not waited for. */
  giveUpSession: (guid: AgentGuid, reason: string) => Promise<'told' | 'not-running'>;
  /** Has the host look at a target (`probe-<id>`; one at a time, later askers get its answer). `no-answer`: nobody did it in time. */
  probeTarget: (request: ProbeRequest) => Promise<ProbeResult | 'no-answer'>;
  /** Has the target looked at at this interval (workflow `targetHealth`), from now on; again = with the new interval. */
  setHealthSchedule: (schedule: HealthSchedule) => Promise<void>;
  /** Ends that; also when there is none. */
  removeHealthSchedule: (targetId: TargetId) => Promise<void>;
  /** Every one that exists, as far as is known a moment later; calls `beat` from time to time. */
  listHealthSchedules: (beat: () => void) => Promise<readonly HealthSchedule[]>;
  /** The run of each item's workflow that runs, by workflow id, as it was known a moment ago; bounded. Calls `beat` from time to time. */
  listRunningWork: (beat: () => void) => Promise<ReadonlyMap<string, string>>;
  describe: (workflowId: string) => Promise<RunDescription>;
  /** Completes the awaiting activity with the attempt's outcome, or with what becomes of its idle clock. */
  completeAttempt: (taskToken: Uint8Array, outcome: AwaitOutcome) => Promise<TokenAnswer>;
  /**
   * Fails the awaiting activity that a worker took so long ago, as our own trouble: the workflow awaits the agent anew. `gone` = there
   * is none.
   */
  awaitAnew: (workId: WorkId, olderThanMs: number) => Promise<TokenAnswer>;
  /** Ends the supervising activity: the agent has left by itself. */
  completeSupervision: (taskToken: Uint8Array) => Promise<TokenAnswer>;
  heartbeat: (taskToken: Uint8Array) => Promise<TokenAnswer>;
  /** Creates or updates the Schedule that runs `reconcile`. */
  ensureReconcileSchedule: (intervalMs: number) => Promise<void>;
  /** Creates it only when there is none, and leaves one that is there, paused or not, as it is. True when it was missing. */
  restoreReconcileSchedule: (intervalMs: number) => Promise<boolean>;
  /** True when the namespace answers. */
  ping: () => Promise<boolean>;
}
