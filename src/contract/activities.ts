import type { DeploymentId } from '../domain/deployments/deployment.ts';
import type { AgentGuid, Fence, HostId, ProjectId, TargetId, WorkId } from '../domain/ids.ts';
import type { Grant, GrantRound } from '../domain/scheduling/grant.ts';
import type { ProbeResult, SeenPlace } from '../domain/targets/probe.ts';
import type { AttemptFailure, AwaitOutcome, WorkOutcome } from '../domain/work/outcome.ts';
import type { QuestionId } from '../domain/work/question.ts';
import type { SilenceVerdict } from '../domain/work/judge-silence.ts';
import type { AdmitResult, TakeGrantResult } from '../domain/work/transition-results.ts';

/** Local activities of `workItem`: one transaction each, plus what must be told to others. The writer's run comes from the activity's context. */
export interface WorkTransitions {
  admitWork: (input: { workId: WorkId }) => Promise<AdmitResult>;
  /** Takes the slot and, for a start, starts the session (idempotent by GUID). */
  takeGrant: (input: { workId: WorkId; grant: Grant; newGuid: AgentGuid }) => Promise<TakeGrantResult>;
  /** Returns how the item had ended before, if it had. */
  requeueWork: (input: {
    workId: WorkId;
    fence: Fence;
    failure: AttemptFailure | null;
    delayMs: number;
    reason: string;
    counted: boolean;
  }) => Promise<WorkOutcome | undefined>;
  /** Returns how the item had ended before, if it had ended otherwise. */
  settleWork: (input: { workId: WorkId; fence: Fence; outcome: WorkOutcome }) => Promise<WorkOutcome | undefined>;
}

/** Activities of `workItem` on the common queue. */
export interface AttemptActivities {
  /** Writes the lease, hands over the assignment, then is completed from outside by the bridge. One try. */
  awaitAgent: (input: {
    workId: WorkId;
    projectId: ProjectId;
    fence: Fence;
    awaitNo: number;
    agentGuid: AgentGuid;
    idleTimeoutMs: number;
    /** Absent = the idle clock runs. */
    questionId?: QuestionId;
  }) => Promise<AwaitOutcome>;
  /** The idle clock ran out: gathers what must be known before that is believed, and judges it. */
  judgeHarness: (input: { workId: WorkId; fence: Fence; projectId: ProjectId; agentGuid: AgentGuid; idleTimeoutMs: number }) => Promise<SilenceVerdict>;
}

/** What the heartbeats of `startAgent` carry until the agent has registered. */
export const STARTING = 'starting';

/** Local activity of `coordinator`. */
export interface SlotActivities {
  grantSlots: () => Promise<GrantRound>;
}

/** Local activity of `deployment`. */
export interface DeploymentActivities {
  /** One look: writes what the plan says and tells others. `lookAgainInMs`: null = when it is woken. */
  keepDeployment: (input: { deploymentId: DeploymentId }) => Promise<{ removed: boolean; summary: string; lookAgainInMs: number | null }>;
}

/** Activities of `agentSession` that run on the host of the target (its mechanism's queue). */
export interface HostActivities {
  /**
   * `spinUp` and `superviseAgent` in one, for a session in which nothing goes wrong: starts the agent (a few tries), waits for its
   * registration, then stays open. While the agent is not there yet, its heartbeats say `STARTING`.
   */
  startAgent: (input: { guid: AgentGuid; projectId: ProjectId; registerTimeoutMs: number }) => Promise<'not-wanted' | undefined>;
  /** Starts the process once and keeps its handle; `not-wanted`: stopped, cancelled or re-fenced before. */
  spinUp: (input: { guid: AgentGuid }) => Promise<'started' | 'not-wanted'>;
  /** Asks the agent to leave, waits the grace, kills by handle, verifies. Throws `AGENT_NOT_GONE` to be tried again. */
  stopAgent: (input: { guid: AgentGuid; projectId: ProjectId; reason: string }) => Promise<void>;
}

/** Activities of `agentSession` on the common queue. */
export interface SessionActivities {
  /** Waits for the registration (fails with `SPIN_UP_FAILED` when it does not come in time), then is kept alive by the bridge's heartbeats. */
  superviseAgent: (input: { guid: AgentGuid; projectId: ProjectId; registerTimeoutMs: number }) => Promise<void>;
  /** The lost clock ran out: is the runner really silent? */
  judgeRunner: (input: { guid: AgentGuid; projectId: ProjectId }) => Promise<SilenceVerdict>;
}

/** Local activities of `agentSession`. */
export interface SessionTransitions {
  /** The session ends; the attempt of the item that it works on is failed with it. */
  endSession: (input: {
    guid: AgentGuid;
    cause: 'spin-up-failed' | 'start-refused' | 'lost' | 'left' | 'stopped' | 'host-gone';
    message: string;
  }) => Promise<void>;
  /** `givenUp`: its host was declared gone, and nobody has verified it. `host-is-back`: not recorded, because its host can be asked again. */
  recordGone: (input: { guid: AgentGuid; givenUp?: { projectId: ProjectId; reason: string } }) => Promise<'host-is-back' | undefined>;
}

/** Activity of `reconcile`. */
export interface ReconcileActivities {
  reconcileHolders: () => Promise<{ itemsSettled: number; sessionsReaped: number; itemsStarted: number }>;
}

/** Activity of `probeTarget` on the host of the target (its mechanism's queue). */
export interface ProbeActivities {
  checkTarget: (input: { targetId: TargetId }) => Promise<ProbeResult>;
}

/** A scheduled look at a target, as it is planned. */
interface CheckPlan {
  readonly hostId: HostId;
  readonly hostQueue: string;
  readonly timeoutMs: number;
  readonly seen: SeenPlace;
}

/** Local activities of `targetHealth`. */
export interface HealthTransitions {
  /** Null = the target is not looked at now: removed, disabled, without checks, or its host is stopped. */
  planCheck: (input: { targetId: TargetId }) => Promise<CheckPlan | null>;
  /** Keeps what was found, unless target or host changed meanwhile. */
  recordCheck: (input: { targetId: TargetId; seen: SeenPlace; result: ProbeResult }) => Promise<void>;
}
