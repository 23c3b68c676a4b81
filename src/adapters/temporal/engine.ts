import { ActivityNotFoundError, Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { ConnectionLike, WorkflowHandle } from '@temporalio/client';
import { cancelUpdate, changedSignal, expireSignal, grantSignal, stopSessionSignal, wakeSignal } from '../../contract/messages.ts';
import type { WorkItemInput } from '../../contract/messages.ts';
import { COORDINATOR_ID, deploymentWorkflowId, sessionWorkflowId, TASK_QUEUES, WORKFLOW_TYPES, workWorkflowId } from '../../contract/names.ts';
import { attemptAttributes, SEARCH_ATTRIBUTES } from '../../contract/search-attributes.ts';
import { WeftError } from '../../domain/errors.ts';
import type { AgentSessionInput } from '../../domain/agents/session-input.ts';
import { briefOf } from '../../domain/work/brief-of.ts';
import type { AwaitOutcome } from '../../domain/work/outcome.ts';
import type { Grant } from '../../domain/scheduling/grant.ts';
import type { RunDescription } from '../../domain/work/judge-holder.ts';
import type { DeploymentKey } from '../../ports/ledger/deployment-ledger.ts';
import type { StartableWork } from '../../domain/work/startable-work.ts';
import type { TokenAnswer, WorkEngine } from '../../ports/work-engine.ts';
import { awaitAnew } from './await-anew.ts';
import { createBounded, isNotFound } from './bounded.ts';
import type { Bounded } from './bounded.ts';
import { coalesce } from './coalesce.ts';
import { listHealthSchedules, removeHealthSchedule, setHealthSchedule } from './health-schedules.ts';
import { listRunning } from './list-running.ts';
import { probeTarget } from './probe-target.ts';
import { ensureReconcileSchedule, restoreReconcileSchedule } from './reconcile-schedule.ts';
import { createStarting } from './starting.ts';
import type { Starting } from './starting.ts';

export interface TemporalEngineOptions {
  readonly address: string;
  readonly namespace: string;
  readonly coordinatorIntervalMs: number;
  /** Has a round made without the coordinator's workflow; false = nobody has heard. Absent = nobody would. */
  readonly askForRound?: () => Promise<boolean>;
  /** Connects workers of this process, and belongs to whoever made it: what is started here begins with them at once. Absent = there are none. */
  readonly workers?: ConnectionLike;
}

export interface TemporalEngine extends WorkEngine {
  readonly close: () => Promise<void>;
}

const CALL_TIMEOUT_MS = 5000;
// A cancel waits for a worker to take the update; when none does, the sweeper tells the workflow later.
const CANCEL_TIMEOUT_MS = 3000;
const PING_TIMEOUT_MS = 1500;
// Some two thousand events: a worker that died reads them again within moments.
const COORDINATOR_ROUNDS_MAX = 250;
const RETRIES_MEMO = 'retries';

/** The workflow engine on a Temporal server. Connects lazily, so that it can be made while the server is away. */
export function createTemporalEngine(options: TemporalEngineOptions): TemporalEngine {
  const { namespace, workers } = options;
  // Without the client's own retries: whoever calls tries again with knowledge of what for, and nothing goes on after `close`.
  const connection = Connection.lazy({ address: options.address, interceptors: [] });
  const client = new Client({ connection, namespace });
  const bounded = createBounded(connection, CALL_TIMEOUT_MS);
  const start = createStarting({ connection: workers ?? connection, namespace, callTimeoutMs: CALL_TIMEOUT_MS, withWorkers: workers !== undefined });
  const tell = (what: string, workflowId: string, signal: (handle: WorkflowHandle) => Promise<void>): Promise<'told' | 'not-running'> =>
    orNotRunning(async () => {
      await bounded(what, () => signal(client.workflow.getHandle(workflowId)));
      return 'told' as const;
    });
  const ensureCoordinator = coalesce(() => signalCoordinator(client, bounded, options.coordinatorIntervalMs));
  return {
    startWork: async (item) => {
      await startWork(start, item);
    },
    startSession: (input) => startSession(start, input),
    ensureCoordinator,
    wakeCoordinator: coalesce(async () => {
      if ((await options.askForRound?.()) === true) return 'heard';
      await ensureCoordinator();
      return 'signalled';
    }),
    wakeDeployment: (deployment) => wakeDeployment(client, bounded, deployment),
    cancelWork: (workId, reason) => orNotRunning(() => cancelWork(client, bounded, { workId, reason })),
    tellGrant: async (workId, grant, item) =>
      item !== null && (await startWork(start, item, grant)) === 'started'
        ? 'told'
        : tell('tell grant', workWorkflowId(workId), (handle) => handle.signal(grantSignal, grant)),
    rejectWork: (workId, rejection) =>
      tell('reject work', workWorkflowId(workId), (handle) => handle.signal(expireSignal, { failedDependency: null, rejection })),
    expireWork: (workId, failedDependency) => tell('expire work', workWorkflowId(workId), (handle) => handle.signal(expireSignal, { failedDependency })),
    changeWork: ({ id, priority, deadline = null, updatedAt: changedAt }) =>
      tell('change work', workWorkflowId(id), (handle) => handle.signal(changedSignal, { priority, deadline, changedAt })),
    stopSession: (guid, reason) => tell('stop session', sessionWorkflowId(guid), (handle) => handle.signal(stopSessionSignal, { reason })),
    giveUpSession: (guid, reason) => tell('give up session', sessionWorkflowId(guid), (handle) => handle.signal(stopSessionSignal, { reason, hostGone: true })),
    probeTarget: (request) => probeTarget(client, bounded, request),
    setHealthSchedule: (schedule) => bounded('set health schedule', () => setHealthSchedule(client, schedule)),
    removeHealthSchedule: (targetId) => bounded('remove health schedule', () => removeHealthSchedule(client, targetId)),
    listHealthSchedules: (beat) => listHealthSchedules(client, bounded, beat),
    listRunningWork: (beat) => listRunning(client, bounded, { type: WORKFLOW_TYPES.workItem, beat }),
    describe: (workflowId) => describe(client, bounded, workflowId),
    completeAttempt: (taskToken, outcome: AwaitOutcome) => byToken(() => bounded('complete attempt', () => client.activity.complete(taskToken, outcome))),
    awaitAnew: (workId, olderThanMs) => awaitAnew(client, bounded, { workId, olderThanMs }),
    completeSupervision: (taskToken) => byToken(() => bounded('complete supervision', () => client.activity.complete(taskToken, undefined))),
    heartbeat: (taskToken) => byToken(() => bounded('heartbeat', () => client.activity.heartbeat(taskToken))),
    ensureReconcileSchedule: (intervalMs) => bounded('reconcile schedule', () => ensureReconcileSchedule(client, intervalMs)),
    restoreReconcileSchedule: (intervalMs) => bounded('restore reconcile schedule', () => restoreReconcileSchedule(client, intervalMs)),
    ping: () => ping(client, bounded, namespace),
    close: () => connection.close(),
  };
}

/** With a grant: one call, and one workflow task for both. */
function startWork(start: Starting, item: StartableWork, grant?: Grant): Promise<'started' | 'was-started'> {
  return unlessStarted(() => start('start work', WORKFLOW_TYPES.workItem, toStart(item, grant)));
}

/** With a grant that says what there is to show, as the attempt that it begins. */
function toStart(item: StartableWork, grant?: Grant) {
  return {
    workflowId: workWorkflowId(item.id),
    taskQueue: TASK_QUEUES.workflows,
    args: [{ ...toInput(item), ...(grant === undefined ? {} : { grant }) }],
    // Only a run that drives the item again may follow a closed one; if that was done before, it finds nothing to do and ends.
    ...(item.retries === 0
      ? { workflowIdReusePolicy: 'REJECT_DUPLICATE' as const }
      : { workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const, memo: { [RETRIES_MEMO]: item.retries } }),
    staticSummary: `${item.capability} for ${item.projectId} (${item.boundary}, priority ${String(item.priority)})`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.project, value: item.projectId },
      ...(grant?.terms === undefined ? [{ key: SEARCH_ATTRIBUTES.status, value: item.status }] : attemptAttributes(grant.terms).filter(isGiven)),
      { key: SEARCH_ATTRIBUTES.boundary, value: item.boundary },
      { key: SEARCH_ATTRIBUTES.capability, value: item.capability },
      { key: SEARCH_ATTRIBUTES.priority, value: item.priority },
      ...(item.deadline === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.deadline, value: new Date(item.deadline) }]),
    ],
  };
}

function isGiven<T extends { readonly value: unknown }>(pair: T): pair is T & { readonly value: NonNullable<T['value']> } {
  return pair.value !== null;
}

function toInput(item: StartableWork): WorkItemInput {
  const brief = briefOf(item);
  return { workId: item.id, ...(brief === null ? {} : { brief }) };
}

async function startSession(start: Starting, input: AgentSessionInput): Promise<void> {
  await unlessStarted(() =>
    start('start session', WORKFLOW_TYPES.agentSession, {
      workflowId: sessionWorkflowId(input.guid),
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
      // Only a reaping run may follow one that was ended by an operator.
      workflowIdReusePolicy: input.mode === 'reap' ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
      staticSummary: `${input.mode === 'reap' ? 'reaping an agent' : 'agent'} on ${input.targetName}${input.workId === null ? '' : ` for work-${input.workId}`}`,
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.project, value: input.projectId },
        { key: SEARCH_ATTRIBUTES.target, value: input.targetName },
        { key: SEARCH_ATTRIBUTES.mechanism, value: input.mechanism },
        { key: SEARCH_ATTRIBUTES.agentType, value: input.agentType },
      ],
    }),
  );
}

async function signalCoordinator(client: Client, bounded: Bounded, intervalMs: number): Promise<void> {
  await bounded('wake coordinator', () =>
    client.workflow.signalWithStart(WORKFLOW_TYPES.coordinator, {
      workflowId: COORDINATOR_ID,
      taskQueue: TASK_QUEUES.workflows,
      args: [{ intervalMs, roundsMax: COORDINATOR_ROUNDS_MAX }],
      signal: wakeSignal,
      signalArgs: [],
      staticSummary: 'hands out slots',
    }),
  );
}

async function wakeDeployment(client: Client, bounded: Bounded, { id, projectId, name }: DeploymentKey): Promise<void> {
  await bounded('wake deployment', () =>
    client.workflow.signalWithStart(WORKFLOW_TYPES.deployment, {
      workflowId: deploymentWorkflowId({ projectId, name }),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ deploymentId: id }],
      signal: wakeSignal,
      signalArgs: [],
      staticSummary: `deployment ${name} of ${projectId}`,
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.project, value: projectId }],
    }),
  );
}

async function cancelWork(client: Client, bounded: Bounded, cancel: { workId: string; reason: string }): Promise<'cancelling' | 'already-settled'> {
  const handle = client.workflow.getHandle(workWorkflowId(cancel.workId));
  return bounded('cancel work', () => handle.executeUpdate(cancelUpdate, { args: [{ reason: cancel.reason }] }), CANCEL_TIMEOUT_MS);
}

async function describe(client: Client, bounded: Bounded, workflowId: string): Promise<RunDescription> {
  try {
    const { runId, status, memo } = await bounded('describe', () => client.workflow.getHandle(workflowId).describe());
    if (status.name === 'RUNNING') return { kind: 'running', runId };
    const retries = memo?.[RETRIES_MEMO];
    return { kind: 'closed', runId, status: status.name, ...(typeof retries === 'number' ? { retries } : {}) };
  } catch (error) {
    if (isNotFound(error)) return { kind: 'unknown' };
    throw error;
  }
}

async function byToken(call: () => Promise<void>): Promise<TokenAnswer> {
  try {
    await call();
    return 'done';
  } catch (error) {
    // Cancelled, paused and reset arrive on heartbeats only: the activity still exists and its workflow decides.
    if (error instanceof ActivityNotFoundError) return 'gone';
    if (error instanceof Error && /^Activity(Cancelled|Paused|Reset)Error$/.test(error.name)) return 'done';
    throw error instanceof WeftError ? error : new WeftError('ENGINE_UNAVAILABLE', 'Temporal refused a message for an activity.', { cause: error });
  }
}

async function ping(client: Client, bounded: Bounded, namespace: string): Promise<boolean> {
  try {
    await bounded('ping', () => client.workflowService.describeNamespace({ namespace }), PING_TIMEOUT_MS);
    return true;
  } catch {
    return false;
  }
}

async function unlessStarted(start: () => Promise<unknown>): Promise<'started' | 'was-started'> {
  try {
    await start();
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'was-started';
    throw error;
  }
}

async function orNotRunning<T>(call: () => Promise<T>): Promise<T | 'not-running'> {
  try {
    return await call();
  } catch (error) {
    if (isNotFound(error)) return 'not-running';
    throw error;
  }
}
